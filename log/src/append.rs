//! What goes into the log and what comes back.

use pantheon_events::{CommandId, EventId, Position, Refusal, Sequence};

/// An event that is not in the log yet.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its id, chosen by the node.
    pub event_id: EventId,
    /// Its type.
    pub event_type: &'static str,
    /// The version of its schema.
    pub event_version: &'static str,
    /// Its payload as JSON text.
    pub payload: String,
}

/// What a command was decided to be: its events (none for a no-op), or the rule's refusal.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// These events happened, in this order. Empty = nothing to change; still recorded.
    Accepted(Vec<NewEvent>),
    /// A rule said no. Recorded, so that a repeat gets the same answer.
    Rejected(Refusal),
}

impl Outcome {
    /// What happened; nothing for a refusal.
    #[must_use]
    pub fn events(&self) -> &[NewEvent] {
        match self {
            Self::Accepted(events) => events,
            Self::Rejected(_) => &[],
        }
    }
}

/// One decided command.
#[derive(Clone, Debug)]
pub struct Append {
    /// The idempotency key.
    pub command_id: CommandId,
    /// What tells two bodies under one id apart.
    pub fingerprint: [u8; 32],
    /// The stream's type.
    pub aggregate_type: &'static str,
    /// The stream's id.
    pub aggregate_id: String,
    /// The stream's sequence that the decision was made on; 0 = the stream does not exist.
    pub expected: Sequence,
    /// The stream's last event as the decision saw it, when that event was this node's own and may
    /// not be committed yet. If another one stands at `expected`, the decision was made on a state
    /// that never came to be, and is a conflict although the numbers agree. `None` = what was
    /// decided on is known to be committed.
    pub base: Option<EventId>,
    /// The metadata of every event, as JSON text.
    pub metadata: String,
    /// What was decided.
    pub outcome: Outcome,
}

/// What the log keeps of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The stream's type.
    pub aggregate_type: String,
    /// The stream's id.
    pub aggregate_id: String,
    /// The stream's sequence after the command.
    pub sequence: Sequence,
    /// The position of the command's last event; without events that of the stream's last one, or
    /// the log's head where there is no stream.
    pub position: Position,
    /// Present when the command was refused.
    pub refusal: Option<Refusal>,
}

/// What became of a command at the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Committed now.
    Recorded(Recorded),
    /// The id was known with the same fingerprint: the first answer again.
    Duplicate(Recorded),
    /// The id was known with another fingerprint.
    Mismatch,
    /// The stream has moved on since the decision; decide again.
    Conflict {
        /// The stream's sequence now.
        actual: Sequence,
    },
}
