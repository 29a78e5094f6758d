//! Applying events, the same way live and in a rebuild.
//!
//! * **Shape**: one transaction per batch: checkpoint first (its row is the lock), then rows.
//! * **Ordering**: log order; a batch that fails is cut until the one event at fault is known.
//! * **Delivery**: rows and checkpoint commit together, so every event is applied exactly once.
//! * **On failure**: errors that pass go to the caller; an event that fails alone three times parks
//!   its stream, or halts the projection, by the projection's own choice.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use futures_util::FutureExt;
use pantheon_events::{Position, RecordedEvent};
use pantheon_log::outside_words;
use sqlx::{Connection, PgConnection};

use super::checkpoint::Checkpoint;
use super::parked::{self, Parked, ParkedStream};
use super::positions::Touched;
use super::{Disposition, OnPoison, ProjectError, Projector};

/// How often an event is tried alone before it counts as poison.
const TRIES: u32 = 3;

/// The pause before a further try, times the number of tries.
const PAUSE: Duration = Duration::from_millis(20);

/// So many parked streams are no accident of some streams: the projector is at fault.
const PARK_LIMIT: usize = 1_000;

type Event = Arc<RecordedEvent>;

/// Why applying stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// The checkpoint is not where it was: look again.
    Lost,
    /// It may pass.
    Retry(String),
    /// It does not pass.
    Halt(String),
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        tracing::warn!(cause = %error, "the read model's database refused or was away");
        Self::Retry(outside_words(&error))
    }
}

/// What is kept beside the rows.
#[derive(Clone, Debug)]
pub(super) enum Books {
    /// The checkpoint of the live rows, as it was stored last.
    Live(Checkpoint),
    /// Nothing: these rows are being built beside the live ones.
    Beside,
}

/// A projection being applied to one set of rows.
pub(super) struct Apply {
    pub projector: Arc<dyn Projector>,
    pub books: Books,
    pub parked: Parked,
    /// Everything up to here is in the rows.
    pub reached: Position,
    /// What has changed since somebody took it.
    pub touched: Touched,
}

impl Apply {
    /// Goes over events that touch no rows; false when one of them may.
    pub fn pass_over(&mut self, events: &[Event]) -> bool {
        let mut new = events.iter().filter(|event| event.position > self.reached);
        if new.any(|event| self.wants(event)) {
            return false;
        }
        let last = events.last().map_or(self.reached, |event| event.position);
        self.reached = self.reached.max(last);
        true
    }

    /// Applies the events behind [`reached`](Self::reached). On an error the rows stand at `reached`.
    pub async fn apply(&mut self, db: &mut PgConnection, events: &[Event]) -> Result<(), Stop> {
        let known = events.partition_point(|event| event.position <= self.reached);
        let mut rest = &events[known..];
        let mut size = rest.len();
        let mut tries = 0;
        let mut suspect = None;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(size.min(rest.len()));
            match self.attempt(db, now).await {
                Ok(false) => return Err(Stop::Lost),
                Ok(true) => {
                    rest = later;
                    let next = later.first().map(|event| event.position);
                    size = if next.is_some() && next == suspect {
                        1
                    } else {
                        size
                    };
                    if now.len() == 1 {
                        (size, tries) = (rest.len(), 0);
                    }
                }
                Err(error) if error.disposition() == Disposition::Retry => {
                    self.log(&error);
                    return Err(Stop::Retry(error.to_string()));
                }
                Err(error) if error.disposition() == Disposition::Halt => {
                    self.log(&error);
                    return Err(Stop::Halt(error.to_string()));
                }
                Err(error) if now.len() > 1 => {
                    suspect = error.position();
                    size = smaller(now, suspect);
                }
                Err(error) => {
                    tries += 1;
                    if tries < TRIES {
                        tokio::time::sleep(PAUSE * tries).await;
                    } else {
                        self.poison(db, &now[0], &error).await?;
                        (rest, size, tries) = (later, later.len(), 0);
                    }
                }
            }
        }
        Ok(())
    }

    /// Applies all of `now`, or nothing. False = the checkpoint is not where it was.
    async fn attempt(
        &mut self,
        db: &mut PgConnection,
        now: &[Event],
    ) -> Result<bool, ProjectError> {
        let Some(to) = now.last().map(|event| event.position) else {
            return Ok(true);
        };
        let wanted: Vec<Event> = now
            .iter()
            .filter(|event| self.wants(event))
            .cloned()
            .collect();
        if !wanted.is_empty() {
            let mut transaction = db.begin().await?;
            if !self.advance(&mut transaction, to).await? {
                transaction.rollback().await?;
                return Ok(false);
            }
            project(&*self.projector, &wanted, &mut transaction).await?;
            transaction.commit().await?;
            self.stored(to);
            let touched = wanted
                .iter()
                .map(|event| (event.metadata.tenant, event.position));
            self.touched.extend(touched);
        }
        self.reached = to;
        Ok(true)
    }

    /// The database's own words, which nobody outside is told.
    fn log(&self, error: &ProjectError) {
        if let ProjectError::Database(cause) = error {
            let projection = self.projector.spec().name;
            tracing::warn!(projection, %cause, "the read model's database refused or was away");
        }
    }

    fn wants(&self, event: &RecordedEvent) -> bool {
        self.projector.spec().events.matches(event)
            && !self.parked.holds(event)
            && !self.projector.ignores(event)
    }

    async fn advance(&self, db: &mut PgConnection, to: Position) -> Result<bool, sqlx::Error> {
        let Books::Live(checkpoint) = &self.books else {
            return Ok(true);
        };
        if self.projector.spec().on_poison == OnPoison::Halt {
            // Money and approvals do not wait for the next flush.
            sqlx::query("set local synchronous_commit = on")
                .execute(&mut *db)
                .await?;
        }
        checkpoint.advance(db, to).await
    }

    /// The checkpoint is stored at `to`.
    pub fn stored(&mut self, to: Position) {
        if let Books::Live(checkpoint) = &mut self.books {
            checkpoint.position = to.get();
        }
    }

    /// The event failed alone: parks its stream, or stops.
    #[expect(
        clippy::disallowed_methods,
        reason = "told to operators, nothing is decided by it"
    )]
    async fn poison(
        &mut self,
        db: &mut PgConnection,
        event: &RecordedEvent,
        error: &ProjectError,
    ) -> Result<(), Stop> {
        let name = self.projector.spec().name;
        self.log(error);
        let error = match error {
            ProjectError::Event { message, .. } => message.clone(),
            error => error.to_string(),
        };
        if self.projector.spec().on_poison == OnPoison::Halt {
            return Err(Stop::Halt(format!(
                "the event at {} cannot be applied: {error}",
                event.position
            )));
        }
        if self.parked.len() >= PARK_LIMIT {
            return Err(Stop::Halt(format!(
                "{PARK_LIMIT} streams are parked, the last one for: {error}"
            )));
        }
        let stream = ParkedStream {
            aggregate_type: event.aggregate_type.clone(),
            aggregate_id: event.aggregate_id.clone(),
            position: event.position,
            error,
            attempts: i32::try_from(TRIES).unwrap_or(i32::MAX),
            parked_at: Utc::now(),
        };
        match self.park(db, &stream, event.position).await {
            Ok(false) => return Err(Stop::Lost),
            Err(error) => return Err(error.into()),
            Ok(true) => {}
        }
        tracing::error!(
            projection = name,
            position = %event.position,
            aggregate_type = stream.aggregate_type,
            aggregate_id = stream.aggregate_id,
            error = stream.error,
            "poison event: its stream is parked in this projection"
        );
        self.parked.insert(stream);
        self.reached = event.position;
        Ok(())
    }

    async fn park(
        &mut self,
        db: &mut PgConnection,
        stream: &ParkedStream,
        at: Position,
    ) -> Result<bool, sqlx::Error> {
        if matches!(self.books, Books::Beside) {
            return Ok(true);
        }
        let mut transaction = db.begin().await?;
        if !self.advance(&mut transaction, at).await? {
            transaction.rollback().await?;
            return Ok(false);
        }
        parked::park(&mut transaction, self.projector.spec().name, stream).await?;
        transaction.commit().await?;
        self.stored(at);
        Ok(true)
    }
}

/// How much of a failed batch to try next: up to the event at fault when it is known, else half.
fn smaller(now: &[Event], suspect: Option<Position>) -> usize {
    let at = now.iter().position(|event| Some(event.position) == suspect);
    at.map_or(now.len() / 2, |before| before.max(1))
}

/// Calls the projector; a panic is an error like any other.
pub(super) async fn project(
    projector: &dyn Projector,
    batch: &[Event],
    db: &mut PgConnection,
) -> Result<(), ProjectError> {
    match AssertUnwindSafe(projector.project(batch, db))
        .catch_unwind()
        .await
    {
        Ok(result) => result,
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            Err(ProjectError::Panicked(text.unwrap_or_default()))
        }
    }
}
