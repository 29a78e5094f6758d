//! The newest events of the log, in memory.

use std::collections::VecDeque;
use std::sync::Arc;

use pantheon_events::{Position, RecordedEvent};

/// What an event takes beside its texts: the structure, the allocations, the encoded form's frame.
const FIXED_BYTES: usize = 512;

/// A contiguous piece of the log's end, bounded by count and by bytes.
#[derive(Debug)]
pub struct Ring {
    events: VecDeque<Arc<RecordedEvent>>,
    bytes: usize,
    most_events: usize,
    most_bytes: usize,
}

impl Ring {
    pub fn new(most_events: usize, most_bytes: usize) -> Self {
        Self {
            events: VecDeque::new(),
            bytes: 0,
            most_events,
            most_bytes,
        }
    }

    /// Adds events that are proved to follow the last one.
    pub fn extend(&mut self, events: impl IntoIterator<Item = Arc<RecordedEvent>>) {
        for event in events {
            self.bytes += weight(&event);
            self.events.push_back(event);
            while self.events.len() > self.most_events || self.bytes > self.most_bytes {
                let Some(oldest) = self.events.pop_front() else {
                    break;
                };
                self.bytes -= weight(&oldest);
            }
        }
    }

    /// Up to `limit` events after `after`; none if the ring does not reach back to `after + 1`.
    pub fn after(&self, after: Position, limit: usize) -> Option<Vec<Arc<RecordedEvent>>> {
        let from = self.index(after.next())?;
        Some(self.events.iter().skip(from).take(limit).cloned().collect())
    }

    /// The event at a position.
    pub fn at(&self, position: Position) -> Option<Arc<RecordedEvent>> {
        self.events.get(self.index(position)?).cloned()
    }

    fn index(&self, position: Position) -> Option<usize> {
        let first = self.events.front()?.position;
        let index = usize::try_from(position.get() - first.get()).ok()?;
        (index < self.events.len()).then_some(index)
    }
}

/// The event's texts twice (the stored and the encoded form) and the rest.
fn weight(event: &RecordedEvent) -> usize {
    2 * event.payload.get().len() + event.aggregate_id.len() + FIXED_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::event;

    #[test]
    fn the_ring_gives_what_follows_a_position() {
        let mut ring = Ring::new(10, 1 << 20);
        ring.extend((5..9).map(event));
        let positions = |after, limit| {
            ring.after(Position::new(after), limit)
                .map(|events| events.iter().map(|e| e.position.get()).collect::<Vec<_>>())
        };
        assert_eq!(positions(4, 2), Some(vec![5, 6]));
        assert_eq!(positions(6, 9), Some(vec![7, 8]));
        assert_eq!(positions(3, 9), None, "it does not reach back that far");
        assert_eq!(positions(8, 9), None, "nothing is there yet");
    }

    #[test]
    fn the_ring_is_bounded_by_count_and_by_bytes() {
        let mut few = Ring::new(3, 1 << 20);
        few.extend((1..=10).map(event));
        assert_eq!(few.events.len(), 3);
        let mut small = Ring::new(1_000, 4 * (FIXED_BYTES + 100));
        small.extend((1..=10).map(event));
        assert!(small.events.len() <= 4);
        assert!(small.at(Position::new(10)).is_some());
    }
}
