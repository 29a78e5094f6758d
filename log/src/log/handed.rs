//! What this node's writer has committed, on its way to the tail.
//!
//! The writer holds the very bytes that Postgres has stored and knows their positions from the
//! commit's answer, so this node need not read them back. It is a short cut and nothing more: what does
//! not follow the head, or does not fit here, the tail reads as it reads the work of other nodes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use pantheon_events::{Metadata, Position, RecordedEvent, Sequence};
use serde_json::value::RawValue;

use crate::log::epochs::Epochs;
use crate::{Append, NewEvent, Outcome, Recorded};

/// Batches that may wait. A tail that is further behind reads on its own.
const MOST: usize = 8;

/// The commands of one batch that brought events, in their order, with what the log made of them.
#[derive(Debug)]
pub struct Committed {
    recorded_at: DateTime<Utc>,
    commands: Vec<Command>,
}

#[derive(Debug)]
struct Command {
    append: Append,
    /// The sequence and position of its last event.
    sequence: Sequence,
    position: Position,
}

impl Committed {
    /// Nothing yet, recorded at this time.
    pub fn at(recorded_at: DateTime<Utc>) -> Self {
        Self {
            recorded_at,
            commands: Vec::new(),
        }
    }

    /// Adds a command that was recorded.
    pub fn push(&mut self, append: Append, recorded: &Recorded) {
        let brings = matches!(&append.outcome, Outcome::Accepted(events) if !events.is_empty());
        if brings {
            let (sequence, position) = (recorded.sequence, recorded.position);
            self.commands.push(Command {
                append,
                sequence,
                position,
            });
        }
    }

    pub fn last(&self) -> Option<Position> {
        self.commands.last().map(|command| command.position)
    }

    pub fn first(&self) -> Option<Position> {
        let first = self.commands.first()?;
        let events = first.append.outcome.events().len();
        Some(back(first.position, events.saturating_sub(1)))
    }

    /// The events as a reader of the log gets them. `None` when that cannot be said here.
    pub fn events(self, epochs: &Epochs) -> Option<Vec<Arc<RecordedEvent>>> {
        let mut events = Vec::with_capacity(self.commands.len());
        for command in self.commands {
            command.events(self.recorded_at, epochs, &mut events)?;
        }
        Some(events)
    }
}

impl Command {
    fn events(
        self,
        recorded_at: DateTime<Utc>,
        epochs: &Epochs,
        into: &mut Vec<Arc<RecordedEvent>>,
    ) -> Option<()> {
        let append = self.append;
        let metadata: Metadata = serde_json::from_str(&append.metadata).ok()?;
        let Outcome::Accepted(events) = append.outcome else {
            return None;
        };
        let count = events.len();
        for (n, event) in events.into_iter().enumerate() {
            let NewEvent {
                event_id,
                event_type,
                event_version,
                payload,
            } = event;
            let behind = count - 1 - n;
            let position = back(self.position, behind);
            let behind = i64::try_from(behind).ok()?;
            into.push(Arc::new(RecordedEvent {
                position,
                epoch: epochs.of(position),
                aggregate_type: append.aggregate_type.to_owned(),
                aggregate_id: append.aggregate_id.clone(),
                sequence: Sequence::new(self.sequence.get() - behind),
                event_type: event_type.to_owned(),
                event_version: event_version.to_owned(),
                payload: RawValue::from_string(payload).ok()?,
                metadata: metadata.clone(),
                event_id,
                command_id: append.command_id,
                recorded_at,
                encoded: OnceLock::new(),
            }));
        }
        Some(())
    }
}

fn back(position: Position, by: usize) -> Position {
    Position::new(position.get() - i64::try_from(by).unwrap_or(i64::MAX))
}

/// The batches that wait for the tail.
#[derive(Debug, Default)]
pub struct Handed(Mutex<VecDeque<Committed>>);

impl Handed {
    /// Adds a batch; when too many wait, all of them are left to be read.
    pub fn push(&self, committed: Committed) {
        let mut waiting = self.lock();
        if waiting.len() >= MOST {
            waiting.clear();
        }
        waiting.push_back(committed);
    }

    /// The oldest batch.
    pub fn pop(&self) -> Option<Committed> {
        self.lock().pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Committed>> {
        // No critical section can panic half-way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
