//! Why an observed repository says no. It does not.

use pantheon_events::Refusal;

use crate::domain::RuleError;

/// The refusals of an observed repository: there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitError {}

impl RuleError for GitError {
    fn refusal(&self) -> Refusal {
        match *self {}
    }
}
