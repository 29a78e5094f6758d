//! From the append function's answer to verdicts.

use chrono::{DateTime, Utc};
use pantheon_events::{Position, Refusal, Sequence};
use serde::Deserialize;
use sqlx::types::Json;

use crate::{Append, AppendError, Outcome, Recorded, Verdict};

/// What the append function returns; see there.
#[derive(Debug)]
pub struct Answer {
    /// One letter per command: R, D, M or C.
    pub verdict: String,
    /// The stream's sequence of every command that is R or C.
    pub sequence: Vec<Option<i64>>,
    /// The position of every command that is R.
    pub position: Vec<Option<i64>>,
    /// The record of every command that is D, in their order.
    pub known: Option<Json<Vec<Known>>>,
    /// The time of what is R.
    pub recorded_at: DateTime<Utc>,
}

/// What became of a batch.
#[derive(Debug)]
pub struct Settled {
    /// One verdict per command, in their order.
    pub verdicts: Vec<Result<Verdict, AppendError>>,
    /// The time of the events that were recorded.
    pub recorded_at: DateTime<Utc>,
}

/// What was recorded of a duplicate the first time.
#[derive(Clone, Debug, Deserialize)]
pub struct Known {
    /// The command's place in the batch, from 1.
    pub nr: usize,
    pub aggregate_type: String,
    pub aggregate_id: String,
    pub sequence: i64,
    pub position: i64,
    pub refusal: Option<Refusal>,
}

impl Answer {
    /// One verdict per command, in their order, or why the answer makes no sense.
    pub fn settled(self, appends: &[Append]) -> Result<Settled, String> {
        let recorded_at = self.recorded_at;
        let (verdicts, count) = (self.verdict.len(), appends.len());
        if (verdicts, self.sequence.len(), self.position.len()) != (count, count, count) {
            return Err(format!("{verdicts} verdicts for {count} commands"));
        }
        let numbers = self.sequence.into_iter().zip(self.position);
        let mut known = self
            .known
            .map(|known| known.0)
            .unwrap_or_default()
            .into_iter();
        let letters = self.verdict.bytes();
        let verdicts = (1..)
            .zip(appends.iter().zip(letters.zip(numbers)))
            .map(|(nr, (append, (letter, (sequence, position))))| {
                let sequence = Sequence::new(sequence.unwrap_or_default());
                let position = Position::new(position.unwrap_or_default());
                match letter {
                    b'R' => Ok(Ok(Verdict::Recorded(recorded(append, sequence, position)))),
                    b'D' => match known.next().filter(|known| known.nr == nr) {
                        Some(known) => Ok(Ok(Verdict::Duplicate(known.recorded()))),
                        None => Err(format!("no record of duplicate {nr}")),
                    },
                    b'M' => Ok(Ok(Verdict::Mismatch)),
                    b'C' => Ok(Ok(Verdict::Conflict { actual: sequence })),
                    other => Err(format!("unknown verdict {:?}", char::from(other))),
                }
            })
            .collect::<Result<_, _>>()?;
        Ok(Settled {
            verdicts,
            recorded_at,
        })
    }
}

impl Known {
    fn recorded(self) -> Recorded {
        Recorded {
            aggregate_type: self.aggregate_type,
            aggregate_id: self.aggregate_id,
            sequence: Sequence::new(self.sequence),
            position: Position::new(self.position),
            refusal: self.refusal,
        }
    }
}

fn recorded(append: &Append, sequence: Sequence, position: Position) -> Recorded {
    Recorded {
        aggregate_type: append.aggregate_type.to_owned(),
        aggregate_id: append.aggregate_id.clone(),
        sequence,
        position,
        refusal: match &append.outcome {
            Outcome::Accepted(_) => None,
            Outcome::Rejected(refusal) => Some(refusal.clone()),
        },
    }
}

/// A stored refusal.
pub fn refusal(json: &str) -> Result<Refusal, AppendError> {
    serde_json::from_str(json).map_err(|error| {
        AppendError::Refused(format!("the recorded refusal is unreadable: {error}"))
    })
}
