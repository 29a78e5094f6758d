//! Why an agent's rules say no.

use pantheon_events::Refusal;

use crate::domain::RuleError;

/// The refusals of one agent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgentError {
    /// Not the caller's.
    #[error("There is no such agent.")]
    NotFound,
    /// The id is taken.
    #[error("An agent with this id is there already. Choose another id, or revoke it first.")]
    AlreadyExists,
    /// Somebody else spoke as the agent.
    #[error("Only the agent itself may say this; sign in with its own key.")]
    NotItself,
    /// It has no key yet.
    #[error("The agent is not enrolled. Enrol it with POST /api/v1/agents first.")]
    NotEnrolled,
    /// Its key was taken away.
    #[error("The agent was revoked. Enrol it again with POST /api/v1/agents first.")]
    Revoked,
    /// It is stopped.
    #[error("The agent is stopped. Start it first.")]
    NotRunning,
    /// Only the catalogue's ids are registered.
    #[error("There is no agent {0:?} in the catalogue; enrol it instead.")]
    NotInCatalogue(String),
    /// No such kind of agent.
    #[error("There is no agent type {0:?}. Take one of the catalogue, for example \"codegen\".")]
    UnknownType(String),
    /// A registered agent keeps its type.
    #[error("The agent is of type {0:?}; enrol it as such, or choose another id.")]
    OtherType(String),
}

impl RuleError for AgentError {
    fn refusal(&self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::NotFound => Refusal::not_found(),
            Self::AlreadyExists => Refusal::already_exists(message),
            Self::NotItself => Refusal::forbidden(message),
            Self::NotEnrolled => Refusal::rule("agent_not_enrolled", message),
            Self::Revoked => Refusal::rule("agent_revoked", message),
            Self::NotRunning => Refusal::rule("agent_not_running", message),
            Self::NotInCatalogue(_) => Refusal::invalid("id", message),
            Self::UnknownType(_) | Self::OtherType(_) => Refusal::invalid("type", message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pantheon_events::RefusalKind;

    #[test]
    fn every_refusal_has_its_code_and_family() {
        for (error, kind, code) in [
            (AgentError::NotFound, RefusalKind::NotFound, "not_found"),
            (
                AgentError::AlreadyExists,
                RefusalKind::AlreadyExists,
                "already_exists",
            ),
            (AgentError::NotItself, RefusalKind::Forbidden, "forbidden"),
            (
                AgentError::NotEnrolled,
                RefusalKind::Rule,
                "agent_not_enrolled",
            ),
            (AgentError::Revoked, RefusalKind::Rule, "agent_revoked"),
            (
                AgentError::NotRunning,
                RefusalKind::Rule,
                "agent_not_running",
            ),
            (
                AgentError::NotInCatalogue("x".into()),
                RefusalKind::Invalid,
                "validation_failed",
            ),
            (
                AgentError::UnknownType("x".into()),
                RefusalKind::Invalid,
                "validation_failed",
            ),
            (
                AgentError::OtherType("x".into()),
                RefusalKind::Invalid,
                "validation_failed",
            ),
        ] {
            let refusal = error.refusal();
            assert_eq!((refusal.kind, refusal.code.as_str()), (kind, code));
        }
    }
}
