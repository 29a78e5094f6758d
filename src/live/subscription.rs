//! One subscription: a cursor that reads the log at its client's pace.
//!
//! Shape: pull. The owner calls [`Subscription::step`] whenever the head moved, an
//! acknowledgement came or a second passed; each step reads once and returns at most one
//! delivery, so many subscriptions share a task fairly.
//! Ordering: by position, each event the one after the last (G4).
//! Delivery: every event that matches and may be seen, once per subscription. Near the head the
//! events come from the ring in memory, otherwise from Postgres; nothing is queued for a slow
//! client but one bounded remainder, and nobody waits for it (G8).
//! On failure: a read that fails changes nothing, the next step repeats it. A hole ends it.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use pantheon_events::{Position, RecordedEvent};
use pantheon_log::{Batch, Log, ReadError};

use super::cursor::{Cursor, Taken};
use super::filter::Filter;
use super::visibility::{Visibility, marks};

/// Events asked for in one read.
const READ_EVENTS: usize = 512;
/// Bytes of looked-up events that may wait for the client; the rest is read again later.
const REMAINDER_BYTES: usize = 256 * 1024;

/// Where events come from: the log, or a list in tests of the state machine.
pub trait Source: Send + Sync {
    /// The events after a position, contiguous, with the head at that moment.
    fn read(
        &self,
        after: Position,
        limit: usize,
    ) -> impl Future<Output = Result<Batch, ReadError>> + Send;

    /// The newest position that is known to be committed.
    fn head(&self) -> Position;
}

impl Source for Log {
    async fn read(&self, after: Position, limit: usize) -> Result<Batch, ReadError> {
        Log::read(self, after, limit).await
    }

    fn head(&self) -> Position {
        Log::head(self)
    }
}

/// What a step has for the client, in the order in which it is told.
#[derive(Debug, Default)]
pub struct Delivery {
    /// The subscription has left the live ring: tell before the items.
    pub fell_behind: bool,
    /// The events that match, in position order.
    pub items: Vec<Arc<RecordedEvent>>,
    /// The subscription has reached the head: tell after the items.
    pub caught_up: bool,
    /// How far it has looked, when that is due to be said.
    pub checkpoint: Option<Position>,
    /// Where it stands after this step.
    pub position: Position,
    /// The head that the step saw.
    pub head: Position,
    /// Whether another step would find more at once.
    pub more: bool,
}

impl Delivery {
    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        !self.fell_behind && !self.caught_up && self.items.is_empty() && self.checkpoint.is_none()
    }
}

/// Why a subscription cannot go on, or not now.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The database did not answer; step again later.
    #[error("the database is not reachable")]
    Unavailable,
    /// The log is not what it promises to be. The subscription is over.
    #[error("{0}")]
    Integrity(String),
}

impl From<ReadError> for StepError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(_) => Self::Unavailable,
            other => Self::Integrity(other.to_string()),
        }
    }
}

/// A filter, a place in the log, and who looks.
pub struct Subscription {
    cursor: Cursor,
    filter: Filter,
    visibility: Arc<dyn Visibility>,
    remainder: Batch,
    marks: Vec<bool>,
}

impl Subscription {
    /// A subscription to what comes after `after`.
    #[must_use]
    pub fn new(
        after: Position,
        window: usize,
        filter: Filter,
        visibility: Arc<dyn Visibility>,
    ) -> Self {
        let cursor = Cursor::new(after, window, Instant::now());
        Self {
            cursor,
            filter,
            visibility,
            remainder: Batch::default(),
            marks: Vec::new(),
        }
    }

    /// Everything up to here has been looked at.
    #[must_use]
    pub fn position(&self) -> Position {
        self.cursor.position()
    }

    /// The client has processed everything up to `position`; false when it never got that far.
    pub fn ack(&mut self, position: Position) -> bool {
        self.cursor.ack(position)
    }

    /// From now on the events are seen with other eyes.
    pub fn look_as(&mut self, visibility: Arc<dyn Visibility>) {
        self.visibility = visibility;
        self.remainder = Batch::default();
    }

    /// Reads once. Safe to cancel: what was not returned is read again.
    pub async fn step(
        &mut self,
        source: &impl Source,
        now: Instant,
    ) -> Result<Delivery, StepError> {
        if self.cursor.is_blocked() {
            return Ok(self.silence(source.head(), now));
        }
        if self.remainder.events.is_empty() {
            if self.cursor.position() >= source.head() {
                return Ok(self.silence(source.head(), now));
            }
            let batch = source.read(self.cursor.position(), READ_EVENTS).await?;
            self.marks = marks(&self.filter, self.visibility.as_ref(), &batch.events).await?;
            self.remainder = batch;
        }
        // What is left of an earlier read must not pass for the log's end.
        self.remainder.head = self.remainder.head.max(source.head());
        let taken = self
            .cursor
            .take(&self.remainder, &self.marks, now)
            .map_err(|gap| StepError::Integrity(gap.to_string()))?;
        let head = self.remainder.head;
        self.keep_remainder(taken.looked);
        Ok(self.delivery(taken, head, now))
    }

    /// Keeps what was read and not looked at, up to a bound: the rest is read again.
    fn keep_remainder(&mut self, looked: usize) {
        let events = &mut self.remainder.events;
        events.drain(..looked);
        self.marks.drain(..looked);
        let mut bytes = 0;
        let fits = events.iter().take_while(|event| {
            bytes += event.payload.get().len();
            bytes <= REMAINDER_BYTES
        });
        let keep = fits.count();
        events.truncate(keep);
        if events.is_empty() {
            self.remainder.events = Vec::new();
            self.marks = Vec::new();
        }
    }

    fn silence(&mut self, head: Position, now: Instant) -> Delivery {
        let caught_up = self.cursor.reach(head);
        let taken = Taken {
            caught_up,
            ..Taken::default()
        };
        Delivery {
            more: false,
            ..self.delivery(taken, head, now)
        }
    }

    fn delivery(&mut self, taken: Taken, head: Position, now: Instant) -> Delivery {
        Delivery {
            fell_behind: taken.fell_behind,
            items: taken.items,
            caught_up: taken.caught_up,
            checkpoint: self.cursor.checkpoint(now),
            position: self.cursor.position(),
            head,
            more: self.cursor.position() < head && !self.cursor.is_blocked(),
        }
    }
}

/// The position before the last `n` events that are asked for and may be shown.
///
/// At most the newest 100,000 events are looked at.
pub async fn before_last(
    source: &impl Source,
    n: usize,
    filter: &Filter,
    eyes: &dyn Visibility,
) -> Result<Position, ReadError> {
    const LOOK: i64 = 1000;
    const LOOKS: usize = 100;
    let head = source.head();
    let mut found: VecDeque<Position> = VecDeque::new();
    let mut end = head;
    for _ in 0..LOOKS {
        let start = Position::new((end.get() - LOOK).max(0));
        let chunk = matching(source, start, end, filter, eyes).await?;
        chunk
            .into_iter()
            .rev()
            .for_each(|position| found.push_front(position));
        if start == Position::ZERO || found.len() >= n {
            break;
        }
        end = start;
    }
    let first = found.get(found.len().saturating_sub(n));
    Ok(first.map_or(head, |first| Position::new(first.get() - 1)))
}

/// The positions after `start`, up to and with `end`, that are asked for and may be shown.
async fn matching(
    source: &impl Source,
    start: Position,
    end: Position,
    filter: &Filter,
    eyes: &dyn Visibility,
) -> Result<Vec<Position>, ReadError> {
    let mut found = Vec::new();
    let mut at = start;
    while at < end {
        let mut events = source
            .read(at, (end.get() - at.get()) as usize)
            .await?
            .events;
        events.retain(|event| event.position <= end);
        let Some(last) = events.last() else { break };
        at = last.position;
        let marks = marks(filter, eyes, &events).await?;
        let wanted = events.iter().zip(marks).filter(|(_, wanted)| *wanted);
        found.extend(wanted.map(|(event, _)| event.position));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use proptest::prelude::*;

    use super::*;
    use crate::live::filter::FilterSpec;
    use crate::live::testing::event;
    use crate::live::visibility::Everything;

    /// A log in memory with a ring of the newest `ring` events.
    #[derive(Default)]
    struct List {
        events: Mutex<Vec<Arc<RecordedEvent>>>,
        ring: usize,
    }

    impl List {
        fn append(&self, aggregate: &str) {
            let mut events = self.events.lock().expect("one thread");
            let position = events.len() as i64 + 1;
            events.push(Arc::new(event(position, aggregate, "a", "task_created")));
        }

        fn matching(&self) -> Vec<i64> {
            let events = self.events.lock().expect("one thread");
            let tasks = events.iter().filter(|event| event.aggregate_type == "task");
            tasks.map(|event| event.position.get()).collect()
        }
    }

    impl Source for List {
        async fn read(&self, after: Position, limit: usize) -> Result<Batch, ReadError> {
            let events = self.events.lock().expect("one thread");
            let start = after.get() as usize;
            let end = (start + limit).min(events.len());
            let live = start + self.ring >= events.len();
            Ok(Batch {
                events: events[start..end].to_vec(),
                head: Position::new(events.len() as i64),
                live,
            })
        }

        fn head(&self) -> Position {
            Position::new(self.events.lock().expect("one thread").len() as i64)
        }
    }

    fn only(aggregate: &str) -> Filter {
        let spec = FilterSpec {
            aggregates: Some(vec![aggregate.into()]),
            ..FilterSpec::default()
        };
        Filter::new(spec).expect("a valid filter")
    }

    fn tasks_after(after: Position, window: usize) -> Subscription {
        Subscription::new(after, window, only("task"), Arc::new(Everything))
    }

    fn run<F: Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime")
            .block_on(future)
    }

    #[derive(Clone, Debug)]
    enum Act {
        Append { events: usize, task: bool },
        Step,
        Ack,
        Cut,
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let act = prop_oneof![
            2 => (1..40usize, any::<bool>()).prop_map(|(events, task)| Act::Append { events, task }),
            6 => Just(Act::Step),
            2 => Just(Act::Ack),
            1 => Just(Act::Cut),
        ];
        prop::collection::vec(act, 1..120)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn appends_cuts_and_resumes_in_any_order_miss_nothing_and_repeat_nothing(
            acts in acts(), window in 0..8usize, ring in 0..30usize,
        ) {
            run(async {
                let list = List { ring, ..List::default() };
                let mut seen: Vec<i64> = Vec::new();
                // What the client holds: the last event or checkpoint that reached it.
                let mut token = Position::ZERO;
                let mut subscription = tasks_after(token, window);
                let mut acts = acts.into_iter();
                loop {
                    let done = subscription.position() == list.head();
                    let act = match acts.next() {
                        Some(act) => act,
                        None if done => break,
                        None if subscription.cursor.is_blocked() => Act::Ack,
                        None => Act::Step,
                    };
                    match act {
                        Act::Append { events, task } => {
                            (0..events).for_each(|_| list.append(if task { "task" } else { "agent" }));
                        }
                        Act::Cut => subscription = tasks_after(token, window),
                        Act::Ack => assert!(subscription.ack(token)),
                        Act::Step => {
                            let delivery =
                                subscription.step(&list, Instant::now()).await.expect("dense");
                            seen.extend(delivery.items.iter().map(|event| event.position.get()));
                            token = delivery.items.last().map_or(token, |event| event.position);
                            token = delivery.checkpoint.unwrap_or(token);
                        }
                    }
                }
                assert_eq!(seen, list.matching());
            });
        }
    }

    #[test]
    fn a_remainder_of_an_earlier_read_is_not_taken_for_the_end() {
        run(async {
            let list = List {
                ring: 100,
                ..List::default()
            };
            (0..4).for_each(|_| list.append("task"));
            let mut subscription = tasks_after(Position::ZERO, 2);
            subscription
                .step(&list, Instant::now())
                .await
                .expect("dense");
            list.append("task");
            assert!(subscription.ack(Position::new(2)));
            let rest = subscription
                .step(&list, Instant::now())
                .await
                .expect("dense");
            assert_eq!(rest.position.get(), 4);
            assert!(!rest.caught_up, "one more was committed meanwhile");
            assert_eq!(rest.head.get(), 5);
        });
    }

    #[test]
    fn the_last_n_are_counted_among_those_that_match() {
        run(async {
            let list = List {
                ring: 5000,
                ..List::default()
            };
            for n in 0..3000 {
                list.append(if n % 100 == 0 { "task" } else { "agent" });
            }
            let (tasks, others) = (only("task"), only("order"));
            let last = |n| before_last(&list, n, &tasks, &Everything);
            assert_eq!(last(2).await.expect("reads").get(), 2800);
            assert_eq!(last(25).await.expect("reads").get(), 500);
            assert_eq!(last(99).await.expect("reads").get(), 0);
            let none = before_last(&list, 5, &others, &Everything)
                .await
                .expect("reads");
            assert_eq!(none.get(), 3000);
        });
    }
}
