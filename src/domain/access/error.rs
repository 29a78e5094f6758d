//! Why something does not belong on a trail.

use pantheon_events::Refusal;

use crate::domain::RuleError;

/// The refusals of trails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrailError {
    /// The stream is that of another tenant or somebody else.
    #[error("A trail's id follows from its tenant and from whom it is about; this is another one.")]
    OtherId,
}

impl RuleError for TrailError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::OtherId => Refusal::invalid("id", self.to_string()),
        }
    }
}
