//! A verdict as JSON.

use serde_json::{Value, json};

use crate::store::Receipt;

/// What became of an accepted command, as the generic doors on HTTP and NATS answer it.
#[must_use]
pub fn verdict(aggregate: &str, receipt: &Receipt) -> Value {
    json!({
        "verdict": if receipt.replayed { "duplicate" } else { "accepted" },
        "aggregate": aggregate,
        "id": receipt.aggregate_id,
        "command_id": receipt.command_id,
        "position": receipt.position,
        "sequence": receipt.sequence,
    })
}
