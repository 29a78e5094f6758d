//! One projection in this process: what its runner and the keeper share.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use pantheon_events::{Position, RecordedEvent};
use pantheon_log::pool::within;
use pantheon_log::{FollowerStatus, Pool};
use tokio::sync::{Mutex, Notify};

use super::apply::{Apply, Books, Stop};
use super::checkpoint::Checkpoint;
use super::parked::Parked;
use super::positions::Touched;
use super::{Positions, ProjectionSpec, Projector};

/// No generation was read yet.
pub(super) const UNKNOWN: i64 = -1;

/// A batch that takes longer has lost its connection.
const LONGEST_BATCH: Duration = Duration::from_secs(30);

/// One projection in this process.
pub(super) struct Lane {
    pub projector: Arc<dyn Projector>,
    pub pool: Pool,
    pub positions: Positions,
    pub status: FollowerStatus,
    /// Held while a batch is applied. `None` = not known where the projection stands.
    pub apply: Mutex<Option<Apply>>,
    /// The checkpoint's generation when it was last read.
    pub generation: AtomicI64,
    /// Rung when the runner has to find out anew where it stands.
    pub restart: Notify,
}

/// Where a projection stands, and what may be done with it.
#[derive(Debug)]
pub(super) enum Standing {
    /// Its rows are of this build's version: follow from here.
    At(Position),
    /// Its rows are of an older version: build new ones.
    Outdated,
    /// A newer build has taken over.
    Newer(i32),
    /// An operator stopped it.
    Paused,
    /// An error stopped it.
    Halted(String),
}

impl Lane {
    pub fn spec(&self) -> &'static ProjectionSpec {
        self.projector.spec()
    }

    /// Reads anew where the projection stands.
    pub async fn reload(&self) -> Result<Standing, sqlx::Error> {
        let mut apply = self.apply.lock().await;
        *apply = None;
        self.positions.publish(self.spec().name, None);
        let checkpoint = Checkpoint::open(&self.pool, self.spec()).await?;
        let standing = standing(&checkpoint, self.spec());
        if let Standing::At(reached) = standing {
            let mut db = self.pool.acquire().await?;
            let parked = Parked::load(&mut db, self.spec().name);
            let parked = self.pool.within(parked).await?;
            db.keep();
            self.status.parked(parked.report());
            let projector = Arc::clone(&self.projector);
            let known_before = self.known_before(&checkpoint);
            let books = Books::Live(checkpoint);
            *apply = Some(Apply {
                projector,
                books,
                parked,
                reached,
                touched: Touched::new(),
            });
            self.positions.forget(self.spec().name, known_before);
            self.positions.publish(self.spec().name, Some(reached));
        }
        Ok(standing)
    }

    /// What grows whenever somebody does something to the projection.
    pub async fn stored_generation(&self) -> Result<i64, sqlx::Error> {
        let checkpoint = Checkpoint::open(&self.pool, self.spec()).await?;
        Ok(checkpoint.generation)
    }

    /// Goes over events that touch no rows, which takes no connection. `None` when one of them may,
    /// or it is not known where the projection stands.
    pub async fn pass_over(&self, events: &[Arc<RecordedEvent>]) -> Option<Position> {
        let mut guard = self.apply.lock().await;
        let apply = guard.as_mut().filter(|_| !events.is_empty())?;
        if !apply.pass_over(events) {
            return None;
        }
        self.report(apply);
        self.positions
            .publish(self.spec().name, Some(apply.reached));
        Some(apply.reached)
    }

    /// Applies a batch. On an error, where the projection stands is not known until
    /// [`reload`](Self::reload).
    pub async fn apply(&self, events: &[Arc<RecordedEvent>]) -> Result<Position, Stop> {
        let mut guard = self.apply.lock().await;
        let apply = guard.as_mut().ok_or(Stop::Lost)?;
        let mut db = self.pool.acquire().await?;
        // Out of time, the connection goes with whatever was begun on it; nobody uses it again.
        let applied = within(LONGEST_BATCH, async {
            Ok(apply.apply(&mut db, events).await)
        });
        let result = applied.await.unwrap_or_else(|error| Err(error.into()));
        let reached = apply.reached;
        self.report(apply);
        if let Err(stop) = result {
            // A connection that has seen an error may have worse to come (plans gone stale, reset).
            drop(db);
            if let Stop::Halt(message) = &stop {
                self.halt(apply, message).await;
            }
            *guard = None;
            return Err(stop);
        }
        db.keep();
        let touched = std::mem::take(&mut apply.touched);
        self.positions.touch(self.spec().name, touched);
        self.positions.publish(self.spec().name, Some(reached));
        Ok(reached)
    }

    /// The first position whose rows are surely those of now. A step that is no batch (a rebuild, a
    /// replay of parked streams) changes rows at a position that was given out before it.
    fn known_before(&self, checkpoint: &Checkpoint) -> Position {
        let reached = Position::new(checkpoint.position);
        let last = self
            .generation
            .swap(checkpoint.generation, Ordering::Relaxed);
        if last == UNKNOWN || last == checkpoint.generation {
            return reached;
        }
        reached
            .max(self.positions.furthest(self.spec().name))
            .next()
    }

    /// Writes down that the projection stands still. When even that fails, the next try finds the
    /// same error and writes it then.
    async fn halt(&self, apply: &Apply, message: &str) {
        let Books::Live(checkpoint) = &apply.books else {
            return;
        };
        let name = self.spec().name;
        let done = sqlx::query!(
            "update projection_checkpoints set state = 'halted', error = $3,
                 generation = generation + 1, updated_at = clock_timestamp()
             where name = $1 and generation = $2 and state = 'running'",
            name,
            checkpoint.generation,
            message
        );
        if let Err(error) = done.execute(&self.pool).await {
            tracing::warn!(projection = name, %error, "the halt could not be written down");
        }
    }

    fn report(&self, apply: &Apply) {
        let name = self.spec().name;
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        let (position, parked) = (apply.reached.get() as f64, apply.parked.len() as f64);
        self.status.parked(apply.parked.report());
        metrics::gauge!("pantheon_projection_position", "projection" => name).set(position);
        metrics::gauge!("pantheon_projection_parked_streams", "projection" => name).set(parked);
    }
}

fn standing(checkpoint: &Checkpoint, spec: &ProjectionSpec) -> Standing {
    match checkpoint.state.as_str() {
        "paused" => Standing::Paused,
        "halted" => Standing::Halted(checkpoint.error.clone().unwrap_or_default()),
        _ if checkpoint.version > spec.version => Standing::Newer(checkpoint.version),
        _ if checkpoint.version < spec.version => Standing::Outdated,
        _ => Standing::At(Position::new(checkpoint.position)),
    }
}
