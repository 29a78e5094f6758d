//! The handle, and reading by position.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use pantheon_events::{Epoch, Position, RecordedEvent};
use sqlx::postgres::PgPoolOptions;
use sqlx::{PgExecutor, PgPool};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::log::epochs::Epochs;
use crate::log::handed::{Committed, Handed};
use crate::log::reader::{Lineages, rows_after};
use crate::log::ring::Ring;
use crate::log::tail::Tail;
use crate::pool::{Borrowed, Pool, STATEMENT, alive};
use crate::read::contiguous;
use crate::session::reader_session;
use crate::{Batch, ReadError};

/// Connections for reading what is older than the ring.
const READERS: u32 = 4;

/// How much of the log's end is kept in memory.
#[derive(Clone, Debug)]
pub struct LogOptions {
    /// Events in the ring.
    pub ring_events: usize,
    /// Bytes in the ring (estimated).
    pub ring_bytes: usize,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            ring_events: 32_768,
            ring_bytes: 48 << 20,
        }
    }
}

/// The lineage that the log is in, as far as this node knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// The newest one.
    pub epoch: Epoch,
    /// Whether it began below what this node had read: its memory holds events that are gone, and it
    /// has to be restarted.
    pub lost: bool,
}

/// The log, for reading. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Log {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    pool: Pool,
    readers: Pool,
    epoch: Epoch,
    lineages: Lineages,
    lineage: watch::Sender<Lineage>,
    ring: RwLock<Ring>,
    handed: Handed,
    head: watch::Sender<Position>,
    wake: Notify,
    violations: AtomicU64,
}

impl Log {
    /// Reads the lineages and the head of the log. Nothing runs until [`Log::start`].
    ///
    /// # Errors
    /// Postgres is not reachable or the schema is not there.
    pub async fn open(pool: PgPool, options: LogOptions) -> Result<Self, ReadError> {
        let readers = PgPoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(Duration::from_secs(5))
            // After Postgres was away, nobody is to meet the connections that died with it.
            .test_before_acquire(false)
            .before_acquire(alive)
            .connect_lazy_with(reader_session(&pool.connect_options(), "pantheon-log"));
        let readers = Pool::new(readers);
        let mut connection = readers.acquire().await.map_err(ReadError::Unavailable)?;
        let look = async {
            let epochs = Epochs::load(&mut connection).await?;
            Ok((epochs, head(&mut *connection).await?))
        };
        let (epochs, head) = readers.within(look).await.map_err(ReadError::Unavailable)?;
        connection.keep();
        Ok(Self {
            inner: Arc::new(Inner {
                pool: Pool::new(pool),
                readers,
                epoch: epochs.newest(),
                lineage: watch::Sender::new(Lineage {
                    epoch: epochs.newest(),
                    lost: false,
                }),
                lineages: Lineages::new(epochs),
                ring: RwLock::new(Ring::new(options.ring_events, options.ring_bytes)),
                handed: Handed::default(),
                head: watch::Sender::new(head),
                wake: Notify::new(),
                violations: AtomicU64::new(0),
            }),
        })
    }

    /// Starts the node's one tail task. It ends when `stop` is cancelled.
    pub fn start(&self, stop: CancellationToken) -> JoinHandle<()> {
        tokio::spawn(Tail::new(self.clone()).run(stop))
    }

    /// The pool that the log was opened with. A statement on it may wait for ever: single ones go
    /// through [`Log::statements`].
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        self.inner.pool.unbounded()
    }

    /// The same pool, for single statements, each of which has an end.
    #[must_use]
    pub fn statements(&self) -> &Pool {
        &self.inner.pool
    }

    /// The newest position that this node has read.
    #[must_use]
    pub fn head(&self) -> Position {
        *self.inner.head.borrow()
    }

    /// Changes whenever [`Log::head`] does.
    #[must_use]
    pub fn watch_head(&self) -> watch::Receiver<Position> {
        self.inner.head.subscribe()
    }

    /// Somebody committed: look now. A hint, never trusted for more than that.
    pub fn wake(&self) {
        self.inner.wake.notify_one();
    }

    /// The lineage that this node was opened in. It does not change: a node that is fenced has to
    /// be restarted, because what it has in memory may belong to events that are gone.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.inner.epoch
    }

    /// The lineage that the log is in now. Looked at once a second.
    #[must_use]
    pub fn lineage(&self) -> Lineage {
        *self.inner.lineage.borrow()
    }

    /// Changes whenever [`Log::lineage`] does.
    #[must_use]
    pub fn watch_lineage(&self) -> watch::Receiver<Lineage> {
        self.inner.lineage.subscribe()
    }

    /// Up to `limit` events after `after`: from the ring if it reaches back that far, otherwise
    /// from Postgres. Contiguity is proved either way. Empty = the reader is at the head.
    ///
    /// # Errors
    /// [`ReadError::Integrity`] if a position is missing; it is counted as a violation.
    pub async fn read(&self, after: Position, limit: usize) -> Result<Batch, ReadError> {
        let head = self.head();
        if after >= head || limit == 0 {
            return Ok(Batch {
                events: Vec::new(),
                head,
                live: true,
            });
        }
        let in_ring = self.ring(|ring| ring.after(after, limit));
        let live = in_ring.is_some();
        let events = match in_ring {
            Some(events) => events,
            None => self.read_postgres(after, limit).await?,
        };
        if events.is_empty() {
            // The head is further, so there must be a next one.
            return Err(self.violated(after.next(), head));
        }
        self.prove(after, &events)?;
        Ok(Batch { events, head, live })
    }

    /// The event at a position, if the ring holds it. Never asks Postgres.
    #[must_use]
    pub fn in_ring(&self, position: Position) -> Option<Arc<RecordedEvent>> {
        self.ring(|ring| ring.at(position))
    }

    /// How often a broken promise of the log was seen since the start (must stay 0).
    #[must_use]
    pub fn integrity_violations(&self) -> u64 {
        self.inner.violations.load(Ordering::Relaxed)
    }

    /// A contiguity check failed somewhere: counts it and raises the alarm.
    pub fn note_violation(&self, expected: Position, found: Position) {
        self.inner.violations.fetch_add(1, Ordering::Relaxed);
        self.alarm(&format!(
            "the log is not contiguous: expected position {expected}, found {found}"
        ));
    }

    /// Raises the alarm for something beside the log that is not what the log says: a mirror with
    /// other events, a follower that is further than the log.
    pub fn alarm(&self, what: &str) {
        metrics::counter!("pantheon_integrity_violations_total").increment(1);
        tracing::error!("integrity: {what}");
    }

    pub(super) async fn read_postgres(
        &self,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Arc<RecordedEvent>>, ReadError> {
        let mut reader = self.reader().await?;
        let read = async {
            let rows = rows_after(&mut reader, after, limit).await?;
            self.inner.lineages.events(&mut reader, rows).await
        };
        let events = in_time(read).await?;
        reader.keep();
        Ok(events)
    }

    pub(super) async fn reader(&self) -> Result<Borrowed, ReadError> {
        let reader = self.inner.readers.acquire().await;
        reader.map_err(ReadError::Unavailable)
    }

    /// For single statements of a reader.
    pub(super) fn readers(&self) -> &Pool {
        &self.inner.readers
    }

    pub(super) fn lineages(&self) -> &Lineages {
        &self.inner.lineages
    }

    /// Another lineage was found; told once.
    pub(super) fn note_lineage(&self, found: Lineage) {
        self.inner
            .lineage
            .send_if_modified(|now| std::mem::replace(now, found) != found);
    }

    /// Takes what this node's writer has committed.
    pub(crate) fn hand_over(&self, committed: Committed) {
        self.inner.handed.push(committed);
    }

    pub(super) fn handed(&self) -> Option<Committed> {
        self.inner.handed.pop()
    }

    /// Waits until somebody says that there may be something new.
    pub(super) async fn woken(&self) {
        self.inner.wake.notified().await;
    }

    /// Adds proved events to the ring, and only then moves the head.
    pub(super) fn publish(&self, events: Vec<Arc<RecordedEvent>>, head: Position) {
        self.inner
            .ring
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(events);
        self.inner.head.send_replace(head);
    }

    /// Proves contiguity; a hole is counted.
    pub(super) fn prove(
        &self,
        after: Position,
        events: &[Arc<RecordedEvent>],
    ) -> Result<Position, ReadError> {
        contiguous(after, events).inspect_err(|error| {
            if let ReadError::Integrity { expected, found } = error {
                self.note_violation(*expected, *found);
            }
        })
    }

    fn violated(&self, expected: Position, found: Position) -> ReadError {
        self.note_violation(expected, found);
        ReadError::Integrity { expected, found }
    }

    fn ring<T>(&self, look: impl FnOnce(&Ring) -> T) -> T {
        look(
            &self
                .inner
                .ring
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }
}

/// What is read in several steps on one connection has an end too.
pub(super) async fn in_time<T>(
    read: impl Future<Output = Result<T, ReadError>>,
) -> Result<T, ReadError> {
    match tokio::time::timeout(STATEMENT, read).await {
        Ok(done) => done,
        Err(_) => Err(ReadError::Unavailable(sqlx::Error::PoolTimedOut)),
    }
}

/// The log's last position; 0 = it is empty.
pub(super) async fn head(executor: impl PgExecutor<'_>) -> Result<Position, sqlx::Error> {
    let head = sqlx::query_scalar!("select position from events order by position desc limit 1")
        .fetch_optional(executor)
        .await?;
    Ok(Position::new(head.unwrap_or_default()))
}
