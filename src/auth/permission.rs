//! The registry of permission codes and what each role gets of them.

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

/// What a role gets of a code. Nothing for a code that is not in the registry.
#[must_use]
pub fn grant(role: Role, code: &str) -> Option<Grant> {
    PERMISSIONS
        .iter()
        .find(|permission| permission.code == code)?
        .grant(role)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(role: Role) -> usize {
        PERMISSIONS[..42]
            .iter()
            .filter(|permission| permission.grant(role).is_some())
            .count()
    }

    #[test]
    fn the_console_roles_hold_as_many_codes_as_promised() {
        assert_eq!(
            (held(Role::Admin), held(Role::Developer), held(Role::Viewer)),
            (42, 23, 12)
        );
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
        assert_eq!(grant(Role::Admin, "tasks.reed"), None);
    }
}
