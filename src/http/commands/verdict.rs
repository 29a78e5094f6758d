//! A verdict as JSON.

use pantheon_events::{CommandId, Position, Sequence};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::store::Receipt;

/// What became of an accepted command.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CommandVerdict")]
pub struct Verdict<'a> {
    verdict: Word,
    aggregate: &'a str,
    /// The aggregate's id.
    id: &'a str,
    command_id: CommandId,
    /// Of its last event.
    position: Position,
    /// Of the stream after it.
    sequence: Sequence,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Word {
    /// Recorded.
    Accepted,
    /// Recorded before: this is the first answer again.
    Duplicate,
}

impl<'a> Verdict<'a> {
    /// What became of an accepted command.
    #[must_use]
    pub fn of(aggregate: &'a str, receipt: &'a Receipt) -> Self {
        Self {
            verdict: if receipt.replayed {
                Word::Duplicate
            } else {
                Word::Accepted
            },
            aggregate,
            id: &receipt.aggregate_id,
            command_id: receipt.command_id,
            position: receipt.position,
            sequence: receipt.sequence,
        }
    }
}

/// What became of an accepted command, as the generic doors on HTTP and NATS answer it.
#[must_use]
pub fn verdict(aggregate: &str, receipt: &Receipt) -> Value {
    json!(Verdict::of(aggregate, receipt))
}
