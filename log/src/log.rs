//! The log, for reading: one tail task per node, a ring of the newest events, and Postgres for
//! everything older.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use pantheon_events::{Epoch, EventId, Position, RecordedEvent, Sequence};
use sqlx::PgPool;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{Batch, ReadError};

/// How much of the log's end is kept in memory.
#[derive(Clone, Debug)]
pub struct LogOptions {
    /// Events in the ring.
    pub ring_events: usize,
    /// Bytes in the ring (estimated from payloads and metadata).
    pub ring_bytes: usize,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            ring_events: 65_536,
            ring_bytes: 48 << 20,
        }
    }
}

/// The log, for reading. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Log {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    pool: PgPool,
    epoch: Epoch,
    head: watch::Sender<Position>,
    wake: Notify,
    violations: AtomicU64,
}

impl Log {
    /// Reads the lineages and the head of the log. Nothing runs until [`Log::start`].
    ///
    /// # Errors
    /// Postgres is not reachable or the schema is not there.
    pub async fn open(pool: PgPool, _options: LogOptions) -> Result<Self, ReadError> {
        Ok(Self {
            inner: Arc::new(Inner {
                pool,
                epoch: Epoch::new(1),
                head: watch::Sender::new(Position::ZERO),
                wake: Notify::new(),
                violations: AtomicU64::new(0),
            }),
        })
    }

    /// Starts the node's one tail task. It ends when `stop` is cancelled.
    pub fn start(&self, _stop: CancellationToken) -> JoinHandle<()> {
        unimplemented!()
    }

    /// The pool that the log was opened with.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
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

    /// The lineage that this node was opened in.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.inner.epoch
    }

    /// Up to `limit` events after `after`: from the ring if it reaches back that far, otherwise
    /// from Postgres. Contiguity is proved either way. Empty = the reader is at the head.
    ///
    /// # Errors
    /// [`ReadError::Integrity`] if a position is missing; it is counted as a violation.
    pub async fn read(&self, _after: Position, _limit: usize) -> Result<Batch, ReadError> {
        unimplemented!()
    }

    /// Up to `limit` events of one stream after `after`, in sequence order.
    ///
    /// # Errors
    /// [`ReadError`]; a missing sequence is an integrity violation too.
    pub async fn stream(
        &self,
        _aggregate_type: &str,
        _aggregate_id: &str,
        _after: Sequence,
        _limit: usize,
    ) -> Result<Vec<Arc<RecordedEvent>>, ReadError> {
        unimplemented!()
    }

    /// The event at a position.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn event_at(&self, _at: Position) -> Result<Option<Arc<RecordedEvent>>, ReadError> {
        unimplemented!()
    }

    /// The event with this id.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn event_by_id(&self, _id: EventId) -> Result<Option<Arc<RecordedEvent>>, ReadError> {
        unimplemented!()
    }

    /// The last position that was recorded at or before `time`; 0 if there is none.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn position_at(&self, _time: DateTime<Utc>) -> Result<Position, ReadError> {
        unimplemented!()
    }

    /// The log's last position, asked from Postgres now.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn database_head(&self) -> Result<Position, ReadError> {
        unimplemented!()
    }

    /// How often a broken promise of the log was seen since the start (must stay 0).
    #[must_use]
    pub fn integrity_violations(&self) -> u64 {
        self.inner.violations.load(Ordering::Relaxed)
    }

    /// Somebody else's contiguity check failed: count it and raise the alarm.
    pub fn note_violation(&self, expected: Position, found: Position) {
        self.inner.violations.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("pantheon_integrity_violations_total").increment(1);
        tracing::error!(%expected, %found, "the log is not contiguous");
    }

    /// The event at a position, if the ring holds it. Never asks Postgres.
    #[must_use]
    pub fn in_ring(&self, _at: Position) -> Option<Arc<RecordedEvent>> {
        unimplemented!()
    }
}
