//! Why an alert is not as somebody wants it.

use pantheon_events::Refusal;

use crate::domain::RuleError;

/// The refusals of alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AlertError {
    /// The id is not that of its source and subject.
    #[error("An alert's id follows from its source and its subject; this is another one.")]
    OtherId,
}

impl RuleError for AlertError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::OtherId => Refusal::invalid("id", self.to_string()),
        }
    }
}
