//! Why a place is not as somebody says.

use pantheon_events::Refusal;

use crate::domain::RuleError;

/// The refusals of infrastructure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InfrastructureError {
    /// The id is not that of the account or of the installation.
    #[error("A place's id follows from the account, or from `local`; this is another one.")]
    OtherId,
}

impl RuleError for InfrastructureError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::OtherId => Refusal::invalid("id", self.to_string()),
        }
    }
}
