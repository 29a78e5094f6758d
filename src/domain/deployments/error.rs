//! Why an environment says no.

use pantheon_events::Refusal;
use uuid::Uuid;

use crate::domain::RuleError;

/// The refusals of environments.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeploymentError {
    /// The stream belongs to another name or tenant.
    #[error("The environment of that name has the id {0} here. Use that one, or /deployments.")]
    OtherEnvironment(Uuid),
    /// The installation has no environment of that name.
    #[error("There is no environment of this name. Take one of {0}.")]
    UnknownEnvironment(String),
    /// Another agent spoke.
    #[error("Only the agent `deployment` carries deployments out.")]
    NotTheDeployer,
    /// One is open.
    #[error("A deployment of this environment is under way. Wait for it, or cancel it.")]
    InProgress,
    /// There is no such deployment in this environment.
    #[error("There is no such deployment in this environment.")]
    Unknown,
    /// It has ended, or is not that far.
    #[error("The deployment is {is}, so it cannot {wanted}.")]
    InvalidTransition {
        /// What it is.
        is: &'static str,
        /// What was asked.
        wanted: &'static str,
    },
    /// Stages go in order.
    #[error("The stage {0} is not the one whose turn it is.")]
    StageOrder(&'static str),
    /// Nothing to go back to.
    #[error("Only the newest successful deployment can be taken back, and only to an older one.")]
    RollbackUnavailable,
}

impl RuleError for DeploymentError {
    fn refusal(&self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::Unknown => Refusal::not_found(),
            Self::OtherEnvironment(_) => Refusal::invalid("id", message),
            Self::UnknownEnvironment(_) => Refusal::rule("environment_unknown", message),
            Self::NotTheDeployer => Refusal::forbidden(message),
            Self::InProgress => Refusal::rule("deployment_in_progress", message),
            Self::InvalidTransition { .. } => Refusal::rule("invalid_transition", message),
            Self::StageOrder(_) => Refusal::rule("stage_out_of_order", message),
            Self::RollbackUnavailable => Refusal::rule("rollback_unavailable", message),
        }
    }
}
