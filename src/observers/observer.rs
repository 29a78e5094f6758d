//! What every observer has in common.

use std::time::Duration;

use async_trait::async_trait;
use pantheon_projections::QueryError;

use crate::store::DispatchError;

/// Looks at something outside, and says what has changed.
#[async_trait]
pub trait Observer: Send + Sync + 'static {
    /// Its name; also the actor of its commands.
    fn name(&self) -> &'static str;

    /// How often it looks.
    fn every(&self) -> Duration;

    /// Looks once. May be cut off, and may be repeated: the rules tell differences only, and every
    /// command's id is derived from what was seen.
    async fn look(&self) -> Result<(), Unseen>;
}

/// Why an observer saw nothing. No text holds a credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unseen(pub String);

impl Unseen {
    /// For `map_err`.
    pub fn because(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl From<DispatchError> for Unseen {
    fn from(error: DispatchError) -> Self {
        Self::because(error)
    }
}

impl From<QueryError> for Unseen {
    fn from(error: QueryError) -> Self {
        Self::because(error)
    }
}
