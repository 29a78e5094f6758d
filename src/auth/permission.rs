//! The registry of permission codes and what each role gets of them.

use std::sync::LazyLock;

use pantheon_events::organizations::OrgRole;
use pantheon_events::teams::TeamRole;

use super::Role;

/// How far a permission reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grant {
    /// Only what was created by, requested by or is addressed to the caller (for `products.read`:
    /// only active products; for decisions: whatever the thing itself allows).
    Own,
    /// Everything in the tenant.
    All,
}

/// One permission code with its grants. `admin` holds every code; `auditor` holds every code that
/// ends in `.read`.
#[derive(Clone, Copy, Debug)]
pub struct Permission {
    /// `resource.verb`.
    pub code: &'static str,
    developer: Option<Grant>,
    viewer: Option<Grant>,
}

impl Permission {
    /// What a role gets.
    #[must_use]
    pub fn grant(&self, role: Role) -> Option<Grant> {
        match role {
            Role::Admin => Some(Grant::All),
            Role::Developer => self.developer,
            Role::Viewer => self.viewer,
            Role::Auditor => self.code.ends_with(".read").then_some(Grant::All),
        }
    }
}

const ALL: Option<Grant> = Some(Grant::All);
const OWN: Option<Grant> = Some(Grant::Own);
const NO: Option<Grant> = None;

const fn code(code: &'static str, developer: Option<Grant>, viewer: Option<Grant>) -> Permission {
    Permission {
        code,
        developer,
        viewer,
    }
}

/// Every code there is: first the console's 42, then the business ones.
pub const PERMISSIONS: &[Permission] = &[
    code("repositories.read", ALL, ALL),
    code("repositories.write", ALL, NO),
    code("repositories.delete", NO, NO),
    code("repositories.manage", NO, NO),
    code("repositories.create", ALL, NO),
    code("agents.read", ALL, ALL),
    code("agents.execute", ALL, NO),
    code("agents.stop", ALL, NO),
    code("agents.manage", NO, NO),
    code("workflows.read", ALL, ALL),
    code("workflows.create", ALL, NO),
    code("workflows.update", ALL, NO),
    code("workflows.delete", NO, NO),
    code("workflows.execute", ALL, NO),
    code("tasks.read", ALL, ALL),
    code("tasks.create", ALL, NO),
    code("tasks.update", ALL, NO),
    code("tasks.delete", NO, NO),
    code("tasks.assign", NO, NO),
    code("organization.read", ALL, ALL),
    code("organization.update", NO, NO),
    code("organization.delete", NO, NO),
    code("organization.members.read", ALL, ALL),
    code("organization.members.manage", NO, NO),
    code("teams.read", ALL, ALL),
    code("teams.create", NO, NO),
    code("teams.update", NO, NO),
    code("teams.delete", NO, NO),
    code("dashboard.read", ALL, ALL),
    code("logs.read", ALL, ALL),
    code("worktrees.read", ALL, ALL),
    code("worktrees.manage", ALL, NO),
    code("deployments.read", ALL, ALL),
    code("deployments.execute", NO, NO),
    code("infrastructure.read", ALL, ALL),
    code("infrastructure.manage", NO, NO),
    code("database.read", ALL, NO),
    code("database.query", NO, NO),
    code("database.manage", NO, NO),
    code("events.read", NO, NO),
    code("audit.read", NO, NO),
    code("operations.manage", NO, NO),
    code("products.read", ALL, OWN),
    code("products.write", NO, NO),
    code("stock.adjust", NO, NO),
    code("orders.create", OWN, OWN),
    code("orders.read", OWN, OWN),
    code("orders.cancel", OWN, OWN),
    code("orders.fulfil", NO, NO),
    code("payments.create", ALL, ALL),
    code("payments.read", OWN, OWN),
    code("payments.refund", NO, NO),
    code("ai_jobs.create", ALL, ALL),
    code("ai_jobs.read", OWN, OWN),
    code("ai_jobs.cancel", OWN, OWN),
    code("ai_budgets.manage", NO, NO),
    code("approvals.request", ALL, ALL),
    code("approvals.read", ALL, OWN),
    code("approvals.decide", ALL, ALL),
    code("approval_policies.manage", NO, NO),
    code("channels.read", ALL, NO),
    code("channels.manage", NO, NO),
    code("content.search", ALL, ALL),
    code("content.write", ALL, NO),
    code("state.read", OWN, OWN),
    code("imports.run", NO, NO),
    code("users.manage", NO, NO),
    code("flags.manage", NO, NO),
    code("maintenance.manage", NO, NO),
];

/// Whether a code is about the installation itself, not about a tenant.
#[must_use]
pub fn is_of_installation(code: &str) -> bool {
    matches!(
        code,
        "operations.manage" | "users.manage" | "flags.manage" | "maintenance.manage"
    )
}

/// How many codes the console's pages know: the first of the registry.
pub const CONSOLE_CODES: usize = 42;

/// What a team's lead gets of the console's codes beside `teams.update`, which counts for that team only.
pub const OF_TEAM_LEAD: &[&str] = &[
    "repositories.read",
    "repositories.write",
    "agents.read",
    "agents.execute",
    "agents.stop",
    "workflows.read",
    "workflows.create",
    "workflows.update",
    "workflows.delete",
    "workflows.execute",
    "tasks.read",
    "tasks.create",
    "tasks.update",
    "tasks.delete",
    "tasks.assign",
    "teams.read",
    "dashboard.read",
    "logs.read",
    "worktrees.read",
    "worktrees.manage",
    "deployments.read",
];

/// What a team's member gets of the console's codes.
pub const OF_TEAM_MEMBER: &[&str] = &[
    "repositories.read",
    "agents.read",
    "agents.execute",
    "workflows.read",
    "workflows.execute",
    "tasks.read",
    "tasks.create",
    "tasks.update",
    "teams.read",
    "dashboard.read",
    "logs.read",
    "worktrees.read",
    "deployments.read",
];

/// What a team's lead may do to that team.
pub const LEAD_OF_ITS_TEAM: &str = "teams.update";

/// Everything that somebody holds where they act: codes over the whole tenant, and codes over what is
/// their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Powers {
    all: u128,
    own: u128,
}

const _: () = assert!(PERMISSIONS.len() <= 128, "a code is one bit");

static OF_ROLES: LazyLock<[Powers; 4]> = LazyLock::new(|| {
    [Role::Admin, Role::Developer, Role::Viewer, Role::Auditor].map(|role| {
        let mut powers = Powers::NONE;
        for (bit, permission) in PERMISSIONS.iter().enumerate() {
            match permission.grant(role) {
                Some(Grant::All) => powers.all |= 1 << bit,
                Some(Grant::Own) => powers.own |= 1 << bit,
                None => {}
            }
        }
        powers
    })
});

impl Powers {
    /// Nothing.
    pub const NONE: Self = Self { all: 0, own: 0 };

    /// What an account's or token's role gives.
    #[must_use]
    pub fn of_role(role: Role) -> Self {
        OF_ROLES[role as usize]
    }

    /// What a role in an organisation gives there. The installation's own codes come with none.
    #[must_use]
    pub fn of_org_role(role: OrgRole) -> Self {
        let owner = || Self::of_role(Role::Admin).without(is_of_installation);
        match role {
            OrgRole::Owner => owner(),
            OrgRole::Admin => owner().without(|code| code == "organization.delete"),
            OrgRole::Member => Self::of_role(Role::Developer),
            OrgRole::Viewer => Self::of_role(Role::Viewer),
        }
    }

    /// What a role in a team gives in the whole organisation.
    #[must_use]
    pub fn of_team_role(role: TeamRole) -> Self {
        match role {
            TeamRole::Lead => Self::of_codes(OF_TEAM_LEAD.iter().copied()),
            TeamRole::Member => Self::of_codes(OF_TEAM_MEMBER.iter().copied()),
        }
    }

    /// These codes, over the whole tenant; what is no code gives nothing.
    #[must_use]
    pub fn of_codes<'c>(codes: impl IntoIterator<Item = &'c str>) -> Self {
        let bits = codes.into_iter().filter_map(bit);
        Self {
            all: bits.fold(0, |all, bit| all | 1 << bit),
            own: 0,
        }
    }

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            all: self.all | other.all,
            own: self.own | other.own,
        }
    }

    /// Without some codes.
    #[must_use]
    pub fn without(self, unwanted: impl Fn(&str) -> bool) -> Self {
        let codes = PERMISSIONS.iter().map(|permission| permission.code);
        let kept = Self::of_codes(codes.filter(|code| !unwanted(code))).all;
        Self {
            all: self.all & kept,
            own: self.own & kept,
        }
    }

    /// How far a code reaches.
    #[must_use]
    pub fn grant(self, code: &str) -> Option<Grant> {
        let mask = 1 << bit(code)?;
        match (self.all & mask != 0, self.own & mask != 0) {
            (true, _) => Some(Grant::All),
            (false, true) => Some(Grant::Own),
            (false, false) => None,
        }
    }

    /// The codes, in the order of the registry.
    pub fn codes(self) -> impl Iterator<Item = &'static str> {
        let held = self.all | self.own;
        let permissions = PERMISSIONS.iter().enumerate();
        permissions
            .filter(move |(bit, _)| held & (1 << bit) != 0)
            .map(|(_, permission)| permission.code)
    }
}

fn bit(code: &str) -> Option<usize> {
    PERMISSIONS
        .iter()
        .position(|permission| permission.code == code)
}

/// The word for what a role in an organisation counts as in the business tables.
#[must_use]
pub const fn role_of(org_role: OrgRole) -> Role {
    match org_role {
        OrgRole::Owner | OrgRole::Admin => Role::Admin,
        OrgRole::Member => Role::Developer,
        OrgRole::Viewer => Role::Viewer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of the console's codes somebody holds.
    fn held(powers: Powers) -> usize {
        let console = &PERMISSIONS[..CONSOLE_CODES];
        let of = |permission: &&Permission| powers.grant(permission.code).is_some();
        console.iter().filter(of).count()
    }

    #[test]
    fn the_console_roles_hold_as_many_codes_as_promised() {
        let of_org = |role| held(Powers::of_org_role(role));
        assert_eq!(held(Powers::of_role(Role::Admin)), 42);
        assert_eq!(of_org(OrgRole::Owner), 41);
        assert_eq!(of_org(OrgRole::Admin), 40);
        assert_eq!(of_org(OrgRole::Member), 23);
        assert_eq!(of_org(OrgRole::Viewer), 12);
        // One of the lead's counts for that team only.
        assert_eq!(held(Powers::of_team_role(TeamRole::Lead)), 22 - 1);
        assert_eq!(held(Powers::of_team_role(TeamRole::Member)), 13);
    }

    #[test]
    fn an_auditor_reads_and_nothing_else() {
        for permission in PERMISSIONS {
            assert_eq!(
                permission.grant(Role::Auditor).is_some(),
                permission.code.ends_with(".read")
            );
        }
    }

    #[test]
    fn no_code_is_listed_twice() {
        let mut codes: Vec<_> = PERMISSIONS
            .iter()
            .map(|permission| permission.code)
            .collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), PERMISSIONS.len());
    }

    #[test]
    fn an_unknown_code_is_given_to_nobody() {
        assert_eq!(Powers::of_role(Role::Admin).grant("tasks.reed"), None);
        assert_eq!(Powers::of_codes(["tasks.reed"]), Powers::NONE);
    }

    #[test]
    fn a_role_in_an_organisation_never_reaches_the_installation() {
        for role in OrgRole::ALL {
            let codes: Vec<_> = Powers::of_org_role(role).codes().collect();
            assert!(
                codes.iter().all(|code| !is_of_installation(code)),
                "{role:?}"
            );
        }
    }

    #[test]
    fn the_wider_grant_counts() {
        let own = Powers::of_role(Role::Viewer);
        assert_eq!(own.grant("orders.read"), Some(Grant::Own));
        let both = own.and(Powers::of_codes(["orders.read"]));
        assert_eq!(both.grant("orders.read"), Some(Grant::All));
    }
}
