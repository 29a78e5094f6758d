//! Why an execution is not as somebody wants it.

use pantheon_events::Refusal;

use crate::domain::RuleError;

/// The refusals of executions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecutionError {
    /// The id is in use.
    #[error("This id is already in use. Choose another one.")]
    AlreadyExists,
    /// No such kind of agent works on issues.
    #[error("{0} works on no issues; take coordinator, codegen, review, pr, deployment or issue")]
    UnknownExecutor(String),
    /// Nobody filled in the repository's name.
    #[error("there is no such repository")]
    NoRepository,
    /// It has ended, or is not that far.
    #[error("The execution is {is}, so it cannot {wanted}.")]
    InvalidTransition {
        /// What it is.
        is: &'static str,
        /// What was asked.
        wanted: &'static str,
    },
    /// It ended too long ago.
    #[error("The execution ended more than an hour ago; its log is closed.")]
    LogClosed,
}

impl RuleError for ExecutionError {
    fn refusal(&self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::AlreadyExists => Refusal::already_exists(message),
            Self::UnknownExecutor(_) => Refusal::invalid("agent_type", message),
            Self::NoRepository => Refusal::not_found(),
            Self::InvalidTransition { .. } | Self::LogClosed => {
                Refusal::rule("invalid_transition", message)
            }
        }
    }
}
