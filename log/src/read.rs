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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::event;

    #[test]
    fn a_batch_is_contiguous_only_without_a_hole_a_repeat_or_a_late_start() {
        let proved = |after, positions: &[i64]| {
            let events: Vec<_> = positions.iter().copied().map(event).collect();
            contiguous(Position::new(after), &events)
                .map(Position::get)
                .ok()
        };
        assert_eq!(proved(3, &[]), Some(3));
        assert_eq!(proved(3, &[4, 5, 6]), Some(6));
        for broken in [&[5][..], &[4, 6], &[4, 4], &[3, 4], &[4, 6, 5]] {
            assert_eq!(proved(3, broken), None, "{broken:?}");
        }
    }
}
