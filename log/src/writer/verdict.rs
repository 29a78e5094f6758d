//! From a row of the append function to a verdict.

use pantheon_events::{Position, Refusal, Sequence};

use crate::{Append, AppendError, Outcome, Recorded, Verdict};

/// One row that the append function returns.
#[derive(Debug)]
pub struct Row {
    /// R, D, M or C; see the function.
    pub verdict: String,
    pub sequence: Option<i64>,
    pub position: Option<i64>,
    pub known_aggregate_type: Option<String>,
    pub known_aggregate_id: Option<String>,
    pub known_refusal: Option<String>,
}

/// The verdict on `append`.
pub fn verdict(append: &Append, row: Row) -> Result<Verdict, AppendError> {
    let sequence = Sequence::new(row.sequence.unwrap_or_default());
    let position = Position::new(row.position.unwrap_or_default());
    match row.verdict.as_str() {
        "R" => Ok(Verdict::Recorded(Recorded {
            aggregate_type: append.aggregate_type.to_owned(),
            aggregate_id: append.aggregate_id.clone(),
            sequence,
            position,
            refusal: match &append.outcome {
                Outcome::Accepted(_) => None,
                Outcome::Rejected(refusal) => Some(refusal.clone()),
            },
        })),
        "D" => Ok(Verdict::Duplicate(Recorded {
            aggregate_type: row.known_aggregate_type.unwrap_or_default(),
            aggregate_id: row.known_aggregate_id.unwrap_or_default(),
            sequence,
            position,
            refusal: row.known_refusal.as_deref().map(refusal).transpose()?,
        })),
        "M" => Ok(Verdict::Mismatch),
        "C" => Ok(Verdict::Conflict { actual: sequence }),
        other => Err(AppendError::Refused(format!("unknown verdict {other:?}"))),
    }
}

/// A stored refusal.
pub fn refusal(json: &str) -> Result<Refusal, AppendError> {
    serde_json::from_str(json).map_err(|error| {
        AppendError::Refused(format!("the recorded refusal is unreadable: {error}"))
    })
}
