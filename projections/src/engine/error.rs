//! Why a batch cannot be applied, and what is to be done about it.

use pantheon_events::{DecodeError, InvalidId, Position};
use pantheon_log::outside_words;

/// Why one event cannot be applied; [`each`](super::each) adds where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Fault(String);

impl Fault {
    /// One sentence: what does not fit.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl From<DecodeError> for Fault {
    fn from(error: DecodeError) -> Self {
        Self(error.to_string())
    }
}

impl From<InvalidId> for Fault {
    fn from(error: InvalidId) -> Self {
        Self(error.to_string())
    }
}

impl From<uuid::Error> for Fault {
    fn from(error: uuid::Error) -> Self {
        Self(error.to_string())
    }
}

/// Why a batch was not applied.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// One event cannot be applied.
    #[error("the event at {position} cannot be applied: {message}")]
    Event {
        /// Which.
        position: Position,
        /// Why.
        message: String,
    },
    /// Postgres said no, or did not answer.
    #[error("the read model's database: {}", outside_words(.0))]
    Database(#[from] sqlx::Error),
    /// The projector panicked.
    #[error("the projector panicked: {0}")]
    Panicked(String),
    /// The projector or its tables do not fit each other; no event is at fault.
    #[error("the projector and its tables do not fit: {0}")]
    Broken(String),
}

/// What is to be done about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// It passes: try again, for ever.
    Retry,
    /// An event is at fault: find it, then park its stream or halt.
    Poison,
    /// Nothing that waiting or parking would mend: halt.
    Halt,
}

impl ProjectError {
    /// What is to be done about it.
    #[must_use]
    pub fn disposition(&self) -> Disposition {
        match self {
            Self::Event { .. } | Self::Panicked(_) => Disposition::Poison,
            Self::Broken(_) => Disposition::Halt,
            Self::Database(error) => of_database(error),
        }
    }

    /// Where, when it is known.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        match self {
            Self::Event { position, .. } => Some(*position),
            _ => None,
        }
    }
}

fn of_database(error: &sqlx::Error) -> Disposition {
    use sqlx::Error as E;
    match error {
        E::Database(error) => of_sqlstate(error.code().as_deref().unwrap_or_default()),
        E::Io(_)
        | E::Tls(_)
        | E::Protocol(_)
        | E::PoolTimedOut
        | E::PoolClosed
        | E::WorkerCrashed => Disposition::Retry,
        // A value that Postgres' types cannot hold.
        E::Encode(_) => Disposition::Poison,
        _ => Disposition::Halt,
    }
}

/// Classes of Postgres' appendix A.
fn of_sqlstate(code: &str) -> Disposition {
    match code.get(..2).unwrap_or_default() {
        // Data exception, integrity constraint: this value, at this place.
        "22" | "23" => Disposition::Poison,
        // Syntax, missing table or column, missing right: the programme or the schema.
        "42" | "3F" => Disposition::Halt,
        // Connection, rollback, resources, intervention, system, and plans that went stale (0A).
        _ => Disposition::Retry,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_retried_parked_or_halted_by_its_kind() {
        assert_eq!(of_sqlstate("40001"), Disposition::Retry);
        assert_eq!(of_sqlstate("57P01"), Disposition::Retry);
        assert_eq!(of_sqlstate("0A000"), Disposition::Retry);
        assert_eq!(of_sqlstate("23505"), Disposition::Poison);
        assert_eq!(of_sqlstate("22P05"), Disposition::Poison);
        assert_eq!(of_sqlstate("42P01"), Disposition::Halt);
        assert_eq!(
            ProjectError::Database(sqlx::Error::PoolTimedOut).disposition(),
            Disposition::Retry
        );
        assert_eq!(
            ProjectError::Database(sqlx::Error::RowNotFound).disposition(),
            Disposition::Halt
        );
    }
}
