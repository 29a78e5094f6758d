//! What a dispatched command becomes on HTTP.

use axum::http::StatusCode;
use pantheon_projections::QueryError;

use super::problem::Refused;
use super::{Problem, Stamp};
use crate::store::{DispatchError, Receipt};

impl From<&Receipt> for Stamp {
    fn from(receipt: &Receipt) -> Self {
        Self {
            position: receipt.position,
            sequence: receipt.sequence,
            command_id: receipt.command_id,
            replayed: receipt.replayed,
        }
    }
}

impl From<Receipt> for Stamp {
    fn from(receipt: Receipt) -> Self {
        Self::from(&receipt)
    }
}

impl From<DispatchError> for Problem {
    fn from(error: DispatchError) -> Self {
        let detail = error.to_string();
        match error {
            DispatchError::Invalid(invalid) => invalid.into(),
            DispatchError::Refused {
                refusal,
                command_id,
                replayed,
            } => Self::from(refusal).with(|aside| {
                (aside.command_id, aside.replayed) = (command_id, replayed);
                aside.verdict = Some(match replayed {
                    true => Refused::Duplicate,
                    false => Refused::Rejected,
                });
            }),
            DispatchError::Mismatch => Self::rule("command_mismatch", detail)
                .with(|aside| aside.verdict = Some(Refused::Mismatch)),
            DispatchError::Conflict => Self::new(StatusCode::CONFLICT, "sequence_conflict", detail)
                .with(|aside| aside.verdict = Some(Refused::Conflict)),
            DispatchError::SequenceMismatch { actual } => {
                Self::new(StatusCode::PRECONDITION_FAILED, "sequence_mismatch", detail).with(
                    |aside| {
                        aside.sequence = Some(actual);
                        aside.verdict = Some(Refused::Conflict);
                    },
                )
            }
            DispatchError::Append(error) => error.into(),
            DispatchError::Read(error) => error.into(),
            DispatchError::Corrupt(cause) => Self::internal(&cause),
        }
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Behind { position, .. } => Self::projection_behind(position),
            QueryError::InvalidCursor => {
                Self::new(StatusCode::BAD_REQUEST, "invalid_cursor", error.to_string())
            }
            QueryError::OutOfReach(ref cause) => {
                tracing::debug!(?cause, "a query had a value that Postgres does not take");
                Self::malformed(error.to_string())
            }
            QueryError::Unavailable(ref cause) => {
                tracing::warn!(?cause, "the database did not answer a query");
                Self::unavailable("database_unavailable", error.to_string(), 1)
            }
            QueryError::Failed(ref cause) => Self::internal(cause),
        }
    }
}
