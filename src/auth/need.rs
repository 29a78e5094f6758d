//! What a command or a route asks of its caller, and the one function that answers.

use super::{Grant, Principal, PrincipalKind, is_of_installation, table};

/// What somebody must be or hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing. The pages and sign-in endpoints that are public by contract.
    Public,
    /// Nothing here: the handler itself checks a signature, a ticket or a socket's first frame.
    Door,
    /// Any valid credential.
    SignedIn,
    /// A permission code in the tenant.
    Permission(&'static str),
    /// An agent, about whatever the aggregate lets it touch.
    Agent,
    /// An agent, about itself: the id in the path (or the aggregate's id) is its own.
    AgentSelf,
    /// A part of Pantheon. No door ever passes this.
    System,
    /// Whatever the named command needs (aggregate, command).
    Command(&'static str, &'static str),
    /// One of several ways; the widest grant counts.
    AnyOf(&'static [Need]),
}

impl Need {
    /// Whether it is a right over the installation itself, which nobody has in an organisation.
    #[must_use]
    pub fn is_of_installation(self) -> bool {
        match self {
            Self::Permission(code) => is_of_installation(code),
            Self::Command(aggregate, command) => match table::command(aggregate, command) {
                Some(Self::Command(..)) | None => false,
                Some(need) => need.is_of_installation(),
            },
            _ => false,
        }
    }
}

/// A permission code.
#[must_use]
pub const fn permission(code: &'static str) -> Need {
    Need::Permission(code)
}

/// The same as the row of a command: a route that does nothing but send it.
#[must_use]
pub const fn by_command(aggregate: &'static str, command: &'static str) -> Need {
    Need::Command(aggregate, command)
}

/// Any agent; the aggregate's rules say which.
#[must_use]
pub const fn agent() -> Need {
    Need::Agent
}

/// The agent that the id names.
#[must_use]
pub const fn agent_self() -> Need {
    Need::AgentSelf
}

/// One of several ways.
#[must_use]
pub const fn any_of(ways: &'static [Need]) -> Need {
    Need::AnyOf(ways)
}

/// Why somebody may not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// Nobody is signed in (401).
    #[error("Sign in first: send a valid access token as `Authorization: Bearer <token>`.")]
    Unauthenticated,
    /// Known, but not allowed (403). The text names what is missing.
    #[error("{0}")]
    Forbidden(String),
}

impl Denial {
    /// An agent named another one.
    #[must_use]
    pub fn not_itself() -> Self {
        Self::Forbidden("An agent can speak only as itself.".to_owned())
    }
}

/// Whether `who` fulfils `need`, and how far that reaches. `subject` is the id that an
/// [`Need::AgentSelf`] is held against: an aggregate's id or the first id in a path.
pub fn may(who: Option<&Principal>, need: Need, subject: Option<&str>) -> Result<Grant, Denial> {
    match (need, who) {
        (Need::Public | Need::Door, None) => Ok(Grant::Own),
        (Need::Public | Need::Door, Some(_)) => Ok(Grant::All),
        (_, None) => Err(Denial::Unauthenticated),
        (_, Some(who)) if who.kind == PrincipalKind::System => Ok(Grant::All),
        (Need::SignedIn, Some(_)) => Ok(Grant::All),
        (Need::Permission(code), Some(who)) => holds(who, code),
        (Need::Agent, Some(who)) => is_agent(who),
        (Need::AgentSelf, Some(who)) => is_itself(who, subject),
        (Need::System, Some(_)) => Err(Denial::Forbidden(
            "Only Pantheon itself sends this command.".to_owned(),
        )),
        (Need::Command(aggregate, command), who) => match table::command(aggregate, command) {
            Some(Need::Command(..)) | None => Err(no_row(aggregate, command)),
            Some(need) => may(who, need, subject),
        },
        (Need::AnyOf(ways), who) => widest(who, ways, subject),
    }
}

fn widest(who: Option<&Principal>, ways: &[Need], subject: Option<&str>) -> Result<Grant, Denial> {
    let answers: Vec<_> = ways.iter().map(|way| may(who, *way, subject)).collect();
    let best = answers
        .iter()
        .filter_map(|answer| answer.as_ref().ok())
        .max()
        .copied();
    best.ok_or_else(|| {
        let mut denials = answers.into_iter().filter_map(Result::err);
        denials
            .next()
            .unwrap_or_else(|| Denial::Forbidden("Nobody may do this.".to_owned()))
    })
}

fn holds(who: &Principal, code: &str) -> Result<Grant, Denial> {
    who.powers.grant(code).ok_or_else(|| {
        Denial::Forbidden(format!(
            "This needs the permission {code}; ask an admin of the organisation for it."
        ))
    })
}

fn is_agent(who: &Principal) -> Result<Grant, Denial> {
    match who.agent {
        Some(_) => Ok(Grant::Own),
        None => Err(Denial::Forbidden(
            "Only an agent may do this, with its own token.".to_owned(),
        )),
    }
}

fn is_itself(who: &Principal, subject: Option<&str>) -> Result<Grant, Denial> {
    is_agent(who)?;
    match (&who.agent, subject) {
        (Some(agent), Some(subject)) if agent.as_str() == subject => Ok(Grant::Own),
        _ => Err(Denial::not_itself()),
    }
}

fn no_row(aggregate: &str, command: &str) -> Denial {
    Denial::Forbidden(format!(
        "The permission table has no row for {aggregate}/{command}."
    ))
}

#[cfg(test)]
mod tests {
    use pantheon_events::{AgentId, TenantId};

    use super::super::Role;
    use super::*;

    fn operator(role: Role) -> Principal {
        Principal::operator("op", TenantId::default_organization(), role)
    }

    fn codegen() -> Principal {
        let id: AgentId = "codegen".parse().expect("a valid agent id");
        Principal::agent(id, TenantId::default_organization())
    }

    #[test]
    fn nobody_is_told_to_sign_in_and_a_lower_role_which_code_is_missing() {
        let need = permission("tasks.delete");
        assert_eq!(may(None, need, None), Err(Denial::Unauthenticated));
        let denial = may(Some(&operator(Role::Viewer)), need, None).expect_err("a viewer may not");
        assert!(denial.to_string().contains("tasks.delete"), "{denial}");
        assert_eq!(
            may(Some(&operator(Role::Admin)), need, None),
            Ok(Grant::All)
        );
    }

    #[test]
    fn an_agent_speaks_only_as_itself() {
        let agent = codegen();
        assert_eq!(
            may(Some(&agent), agent_self(), Some("codegen")),
            Ok(Grant::Own)
        );
        assert!(may(Some(&agent), agent_self(), Some("tester")).is_err());
        assert!(may(Some(&agent), agent_self(), None).is_err());
        assert!(may(Some(&operator(Role::Admin)), agent_self(), Some("codegen")).is_err());
    }

    #[test]
    fn of_several_ways_the_widest_counts() {
        const WAYS: Need = any_of(&[permission("tasks.update"), agent()]);
        assert_eq!(may(Some(&codegen()), WAYS, None), Ok(Grant::Own));
        assert_eq!(
            may(Some(&operator(Role::Developer)), WAYS, None),
            Ok(Grant::All)
        );
        assert!(may(Some(&operator(Role::Auditor)), WAYS, None).is_err());
    }

    #[test]
    fn what_only_pantheon_may_do_is_closed_to_admins() {
        assert!(may(Some(&operator(Role::Admin)), Need::System, None).is_err());
    }

    #[test]
    fn a_command_without_a_row_is_denied_to_everybody() {
        assert!(may(Some(&operator(Role::Admin)), by_command("no", "such"), None).is_err());
    }
}
