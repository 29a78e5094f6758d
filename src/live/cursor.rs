//! The state of one subscription, without any I/O: how far it has looked, what the client has
//! acknowledged, and whether it reads live or catches up.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pantheon_events::{Position, RecordedEvent};
use pantheon_log::Batch;

/// A subscription says how far it has looked at least this often while it moves.
pub const CHECKPOINT_EVERY: Duration = Duration::from_secs(5);
/// … and after this many events that did not match.
pub const CHECKPOINT_EVENTS: u64 = 10_000;
/// Bytes of events in one delivery; a single larger event travels alone.
pub const BATCH_BYTES: usize = 64 * 1024;

/// A live subscription that has more events than this before it reads history again, at its client's
/// pace: so many are what its queue may hold.
pub const QUEUE_EVENTS: i64 = 1_024;

/// Whether the reader keeps up with the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Reading history at the client's pace.
    CatchingUp,
    /// At the head.
    Live,
}

/// A position that is not the one after the last: the promise of G3 is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("integrity: expected position {expected}, found {found}")]
pub struct Gap {
    /// `last + 1`.
    pub expected: Position,
    /// What the reader gave.
    pub found: Position,
}

/// What became of one batch, in the order in which the client hears it.
#[derive(Debug, Default)]
pub struct Taken {
    /// The reader has left the ring, or has too much before it: tell before the items.
    pub fell_behind: bool,
    /// The events that match, in position order.
    pub items: Vec<Arc<RecordedEvent>>,
    /// The reader has reached the head: tell after the items.
    pub caught_up: bool,
    /// How many events of the batch were looked at; the others wait for room.
    pub looked: usize,
}

/// One subscription's place in the log.
#[derive(Debug)]
pub struct Cursor {
    looked: Position,
    reported: Position,
    reported_at: Instant,
    silent: u64,
    mode: Mode,
    window: Window,
}

impl Cursor {
    /// A cursor that will deliver what comes after `after`, with at most `window` events
    /// unacknowledged (0 = no acknowledgements).
    #[must_use]
    pub fn new(after: Position, window: usize, now: Instant) -> Self {
        Self {
            looked: after,
            reported: after,
            reported_at: now,
            silent: 0,
            mode: Mode::CatchingUp,
            window: Window::new(window),
        }
    }

    /// Everything up to here has been looked at.
    #[must_use]
    pub fn position(&self) -> Position {
        self.looked
    }

    /// Whether it reads live.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether the client has to acknowledge before it gets more.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.window.room() == 0
    }

    /// Looks at a batch that begins right after [`position`](Self::position), until the window
    /// or a delivery's bytes are full. `marks` says of each event whether it is to be delivered.
    pub fn take(&mut self, batch: &Batch, marks: &[bool], now: Instant) -> Result<Taken, Gap> {
        let mut taken = Taken::default();
        let far = batch.head.get() - self.looked.get() > QUEUE_EVENTS;
        if self.mode == Mode::Live && (!batch.live || far) && !batch.events.is_empty() {
            self.mode = Mode::CatchingUp;
            taken.fell_behind = true;
        }
        let mut bytes = 0;
        for (event, wanted) in batch.events.iter().zip(marks) {
            if event.position != self.looked.next() {
                return Err(Gap {
                    expected: self.looked.next(),
                    found: event.position,
                });
            }
            if *wanted {
                let size = event.cloud_event().len();
                if self.is_blocked() || (bytes > 0 && bytes + size > BATCH_BYTES) {
                    break;
                }
                bytes += size + 1;
                self.window.delivered(event.position);
                taken.items.push(Arc::clone(event));
            } else {
                self.silent += 1;
            }
            self.looked = event.position;
            taken.looked += 1;
        }
        if let Some(last) = taken.items.last() {
            self.report(last.position, now);
        }
        taken.caught_up = self.reach(batch.head);
        Ok(taken)
    }

    /// Goes live when everything up to `head` has been looked at; true when that is news.
    pub fn reach(&mut self, head: Position) -> bool {
        let news = self.mode == Mode::CatchingUp && self.looked >= head;
        if news {
            self.mode = Mode::Live;
        }
        news
    }

    /// The position of a checkpoint, when one is due.
    pub fn checkpoint(&mut self, now: Instant) -> Option<Position> {
        let late = now.saturating_duration_since(self.reported_at) >= CHECKPOINT_EVERY;
        if self.looked == self.reported || !(late || self.silent >= CHECKPOINT_EVENTS) {
            return None;
        }
        self.report(self.looked, now);
        Some(self.looked)
    }

    /// The client has processed everything up to `position`. False when it never got that far.
    pub fn ack(&mut self, position: Position) -> bool {
        let known = position <= self.looked;
        if known {
            self.window.acknowledged(position);
        }
        known
    }

    fn report(&mut self, position: Position, now: Instant) {
        self.reported = position;
        self.reported_at = now;
        self.silent = 0;
    }
}

/// The events that were delivered and not acknowledged.
#[derive(Debug)]
struct Window {
    size: usize,
    open: VecDeque<Position>,
}

impl Window {
    fn new(size: usize) -> Self {
        Self {
            size,
            open: VecDeque::new(),
        }
    }

    fn room(&self) -> usize {
        if self.size == 0 {
            usize::MAX
        } else {
            self.size - self.open.len()
        }
    }

    fn delivered(&mut self, position: Position) {
        if self.size > 0 {
            self.open.push_back(position);
        }
    }

    fn acknowledged(&mut self, position: Position) {
        let done = self.open.partition_point(|open| *open <= position);
        self.open.drain(..done);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::testing::{event, sized_event};

    fn batch(range: std::ops::RangeInclusive<i64>, head: i64, live: bool) -> Batch {
        let events = range
            .map(|at| Arc::new(event(at, "task", "a", "task_created")))
            .collect();
        Batch {
            events,
            head: Position::new(head),
            live,
        }
    }

    fn cursor(after: i64, window: usize) -> Cursor {
        Cursor::new(Position::new(after), window, Instant::now())
    }

    fn positions(taken: &Taken) -> Vec<i64> {
        taken
            .items
            .iter()
            .map(|event| event.position.get())
            .collect()
    }

    #[test]
    fn history_is_delivered_first_and_the_head_is_told_once() {
        let mut cursor = cursor(0, 0);
        let first = cursor
            .take(&batch(1..=2, 3, false), &[true; 16], Instant::now())
            .expect("dense");
        assert_eq!((positions(&first), first.caught_up), (vec![1, 2], false));
        let last = cursor
            .take(&batch(3..=3, 3, true), &[true; 16], Instant::now())
            .expect("dense");
        assert_eq!((positions(&last), last.caught_up), (vec![3], true));
        let next = cursor
            .take(&batch(4..=4, 4, true), &[true; 16], Instant::now())
            .expect("dense");
        assert!(!next.caught_up && !next.fell_behind);
    }

    #[test]
    fn a_reader_that_left_the_ring_fell_behind_and_catches_up_again() {
        let mut cursor = cursor(0, 0);
        assert!(cursor.reach(Position::ZERO));
        let behind = cursor
            .take(&batch(1..=2, 9, false), &[true; 16], Instant::now())
            .expect("dense");
        assert!(behind.fell_behind && !behind.caught_up);
        let again = cursor
            .take(&batch(3..=9, 9, true), &[true; 16], Instant::now())
            .expect("dense");
        assert!(!again.fell_behind && again.caught_up);
    }

    #[test]
    fn a_reader_with_too_much_before_it_fell_behind_although_it_is_in_the_ring() {
        let mut cursor = cursor(0, 0);
        assert!(cursor.reach(Position::ZERO));
        let just = cursor.take(&batch(1..=1, 1_024, true), &[true], Instant::now());
        assert!(!just.expect("dense").fell_behind);
        let behind = cursor.take(&batch(2..=2, 1_026, true), &[true], Instant::now());
        assert!(behind.expect("dense").fell_behind);
        let more = cursor.take(
            &batch(3..=1_026, 1_026, true),
            &[false; 1_024],
            Instant::now(),
        );
        let more = more.expect("dense");
        assert!(!more.fell_behind && more.caught_up, "it is said once");
    }

    #[test]
    fn a_gap_stops_the_reader() {
        let gap = cursor(0, 0).take(&batch(2..=3, 3, true), &[true; 16], Instant::now());
        let expected = Gap {
            expected: Position::new(1),
            found: Position::new(2),
        };
        assert_eq!(gap.expect_err("a hole"), expected);
    }

    #[test]
    fn a_full_window_waits_for_an_acknowledgement_and_looks_no_further() {
        let mut cursor = cursor(0, 2);
        let first = cursor
            .take(&batch(1..=5, 5, true), &[true; 16], Instant::now())
            .expect("dense");
        assert_eq!(
            (positions(&first), first.looked, cursor.is_blocked()),
            (vec![1, 2], 2, true)
        );
        assert!(!first.caught_up);
        assert!(cursor.ack(Position::new(1)));
        let second = cursor
            .take(&batch(3..=5, 5, true), &[true; 16], Instant::now())
            .expect("dense");
        assert_eq!(positions(&second), vec![3]);
        assert!(
            !cursor.ack(Position::new(9)),
            "nobody can acknowledge the future"
        );
    }

    #[test]
    fn what_does_not_match_is_reported_by_checkpoints() {
        let start = Instant::now();
        let mut cursor = Cursor::new(Position::ZERO, 1024, start);
        cursor
            .take(&batch(1..=3, 3, true), &[false; 3], start)
            .expect("dense");
        assert_eq!(cursor.checkpoint(start), None);
        assert_eq!(
            cursor.checkpoint(start + CHECKPOINT_EVERY),
            Some(Position::new(3))
        );
        assert_eq!(
            cursor.checkpoint(start + CHECKPOINT_EVERY * 2),
            None,
            "nothing moved since"
        );
        cursor
            .take(&batch(4..=10_003, 10_003, true), &[false; 10_000], start)
            .expect("dense");
        assert_eq!(
            cursor.checkpoint(start + CHECKPOINT_EVERY),
            Some(Position::new(10_003))
        );
    }

    #[test]
    fn a_delivery_is_bounded_in_bytes_but_never_empty() {
        let events = (1..=4)
            .map(|at| Arc::new(sized_event(at, 40 * 1024)))
            .collect();
        let batch = Batch {
            events,
            head: Position::new(4),
            live: true,
        };
        let taken = cursor(0, 0)
            .take(&batch, &[true; 16], Instant::now())
            .expect("dense");
        assert_eq!(positions(&taken), vec![1]);
    }
}
