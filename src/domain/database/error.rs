//! Why something is not done with a tenant's database.

use pantheon_events::Refusal;

use crate::domain::RuleError;

/// The refusals of a tenant's database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// It is another tenant's.
    #[error("There is no such database.")]
    NotFound,
    /// There is no such export, or it is over.
    #[error("There is no such export.")]
    NoExport,
}

impl RuleError for DatabaseError {
    fn refusal(&self) -> Refusal {
        Refusal::not_found()
    }
}
