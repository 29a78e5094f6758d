//! What a reader gets.

use std::sync::Arc;

use pantheon_events::{Position, RecordedEvent};

use crate::ReadError;

/// Events in position order, each exactly `last + 1`.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The events, shared between all readers of the node.
    pub events: Vec<Arc<RecordedEvent>>,
    /// The newest position that this node knows to be committed.
    pub head: Position,
    /// Whether they came from the ring in memory (the reader keeps up with the log).
    pub live: bool,
}

impl Batch {
    /// The position of the last event, if there is one.
    #[must_use]
    pub fn last(&self) -> Option<Position> {
        self.events.last().map(|event| event.position)
    }
}

/// Proves that `events` are `after + 1`, `after + 2`, … (G3, G4) and says where they end.
///
/// # Errors
/// [`ReadError::Integrity`] at the first position that is not `last + 1`.
pub fn contiguous(after: Position, events: &[Arc<RecordedEvent>]) -> Result<Position, ReadError> {
    events.iter().try_fold(after, |last, event| {
        if event.position == last.next() {
            Ok(event.position)
        } else {
            Err(ReadError::Integrity {
                expected: last.next(),
                found: event.position,
            })
        }
    })
}
