//! The tail: what is new in the log comes into this node here, and nowhere else.
//!
//! * **Shape**: one task, one connection. It looks when somebody committed here, when a hint comes
//!   from another node, and every 100 ms; it takes what this node's writer hands over, reads what else
//!   is new, and puts both into the ring.
//! * **Ordering**: `position > head order by position`; the head moves only over proved events, and
//!   what is handed over counts only if it begins right behind the head.
//! * **Delivery**: every committed event, once. Nobody waits for anybody: readers read the ring.
//! * **On failure**: a lost connection is made again (50 ms → 1 s), the ring stays readable. A hole
//!   or a log that went back is counted and keeps the head where it is.

use std::time::Duration;

use pantheon_events::Position;
use sqlx::{ConnectOptions, PgConnection};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::ReadError;
use crate::log::epochs::Epochs;
use crate::log::reader::rows_after;
use crate::log::{Lineage, Log};
use crate::session::reader_session;

const POLL: Duration = Duration::from_millis(100);
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// How often the tail looks for a new lineage even if nothing is appended.
const LINEAGE: Duration = Duration::from_secs(1);
/// A read that takes longer has lost its connection.
const PATIENCE: Duration = Duration::from_secs(10);
const AT_ONCE: usize = 2_048;

#[derive(Debug)]
pub struct Tail {
    log: Log,
    connection: Option<PgConnection>,
    lineage_at: Instant,
    /// The hole that was already counted.
    known_hole: Option<(Position, Position)>,
}

impl Tail {
    pub fn new(log: Log) -> Self {
        Self {
            log,
            connection: None,
            lineage_at: Instant::now(),
            known_hole: None,
        }
    }

    pub async fn run(mut self, stop: CancellationToken) {
        let mut wait = FIRST_WAIT;
        while !stop.is_cancelled() {
            // Dropping a read is harmless: nothing is published before it is complete.
            let looked = tokio::select! {
                () = stop.cancelled() => return,
                looked = self.look() => looked,
            };
            let pause = match looked {
                Ok(true) => continue,
                Ok(false) => {
                    wait = FIRST_WAIT;
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = self.log.woken() => continue,
                        () = sleep(POLL) => continue,
                    }
                }
                Err(error) => self.failed(&error, wait),
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(pause) => {}
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Reads what is new; true = there may be more.
    async fn look(&mut self) -> Result<bool, ReadError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        if self.lineage_at <= Instant::now() {
            self.check_lineage(&mut connection).await?;
            self.lineage_at = Instant::now() + LINEAGE;
        }
        if self.take_over()? {
            self.connection = Some(connection);
            return Ok(false);
        }
        let head = self.log.head();
        let rows = within(rows_after(&mut connection, head, AT_ONCE)).await?;
        let more = !rows.is_empty();
        if more {
            let events = self.log.lineages().events(&mut connection, rows).await?;
            let last = self.prove(head, &events)?;
            metrics::gauge!("pantheon_log_head").set(last.get() as f64);
            self.log.publish(events, last);
        }
        // Kept only if all went well: a cut or failed read leaves the connection behind.
        self.connection = Some(connection);
        Ok(more)
    }

    /// Takes what this node's writer has committed since the last look. True = that moved the head,
    /// and nothing stands between: what other nodes have committed comes with the next look.
    fn take_over(&mut self) -> Result<bool, ReadError> {
        let mut moved = false;
        while let Some(committed) = self.log.handed() {
            let head = self.log.head();
            let Some((first, last)) = committed.first().zip(committed.last()) else {
                continue;
            };
            if last <= head {
                // It was read together with the work of others.
                continue;
            }
            let epochs = self.log.lineages().get();
            let events = (first == head.next()).then(|| committed.events(&epochs));
            let Some(events) = events.flatten() else {
                // Others were in between: all of it is read.
                return Ok(false);
            };
            let last = self.prove(head, &events)?;
            metrics::gauge!("pantheon_log_head").set(last.get() as f64);
            self.log.publish(events, last);
            moved = true;
        }
        Ok(moved)
    }

    async fn connect(&self) -> Result<PgConnection, ReadError> {
        let options = reader_session(&self.log.pool().connect_options(), "pantheon-tail");
        within(async { options.connect().await.map_err(ReadError::Unavailable) }).await
    }

    /// A lineage that begins at or below what this node has read means that its memory holds events
    /// that are gone.
    async fn check_lineage(&mut self, connection: &mut PgConnection) -> Result<(), ReadError> {
        let load = async {
            Epochs::load(connection)
                .await
                .map_err(ReadError::Unavailable)
        };
        let epochs = within(load).await?;
        let known = self.log.lineages().get();
        let Some(first) = epochs.opened_since(&known) else {
            return Ok(());
        };
        let lost = first <= self.log.head();
        let epoch = epochs.newest();
        self.log.note_lineage(Lineage { epoch, lost });
        if lost {
            let (expected, found) = (self.log.head().next(), first);
            self.note(expected, found);
            return Err(ReadError::Integrity { expected, found });
        }
        self.log.lineages().set(epochs);
        Ok(())
    }

    fn prove(
        &mut self,
        head: Position,
        events: &[std::sync::Arc<pantheon_events::RecordedEvent>],
    ) -> Result<Position, ReadError> {
        crate::read::contiguous(head, events).inspect_err(|error| {
            if let ReadError::Integrity { expected, found } = error {
                self.note(*expected, *found);
            }
        })
    }

    /// Counts a hole once, however often it is met.
    fn note(&mut self, expected: Position, found: Position) {
        if self.known_hole.replace((expected, found)) != Some((expected, found)) {
            self.log.note_violation(expected, found);
        }
    }

    fn failed(&self, error: &ReadError, wait: Duration) -> Duration {
        match error {
            ReadError::Unavailable(source) => {
                tracing::warn!(error = %source, ?wait, "the tail has lost the database");
                wait
            }
            ReadError::Integrity { .. } | ReadError::Corrupt { .. } => {
                tracing::error!(%error, "the tail stands still");
                LONGEST_WAIT
            }
        }
    }
}

async fn within<T>(read: impl Future<Output = Result<T, ReadError>>) -> Result<T, ReadError> {
    timeout(PATIENCE, read)
        .await
        .unwrap_or_else(|_| Err(ReadError::Unavailable(sqlx::Error::PoolTimedOut)))
}
