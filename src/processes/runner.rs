//! Running processes: each on one node at a time.
//!
//! Shape: under a lease, a follower hands over every event that is of interest, and a clock ticks
//! beside it.
//! Ordering: events in log order, one at a time.
//! Delivery: at least once; the position is stored after the reactions, and once a second while
//! nothing is of interest. Derived command ids make a repeat harmless.
//! On failure: a reaction is repeated with growing pauses; a defect halts this process alone and
//! shows in `/readyz`.

use std::sync::Arc;
use std::time::Duration;

use pantheon_events::{Position, RecordedEvent};
use pantheon_log::{FollowError, Follower, FollowerState, FollowerStatus, Health, Log, follow};
use sqlx::PgPool;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{Process, ProcessError};
use crate::followers::{Lease, while_leader};
use crate::lifecycle::{Lifecycle, Phase};

const BATCH: usize = 500;
const TICK: Duration = Duration::from_secs(1);

/// What running a process takes.
#[derive(Clone)]
pub struct ProcessDeps {
    /// The log to follow.
    pub log: Log,
    /// Where leases and positions are kept.
    pub pool: PgPool,
    /// Where its state is shown.
    pub health: Health,
    /// The node's name.
    pub node: String,
}

/// Runs a process on this node whenever it holds the process's lease.
pub fn spawn(deps: &ProcessDeps, process: Arc<dyn Process>, lifecycle: &Lifecycle) {
    let name = format!("process:{}", process.name());
    let status = deps.health.register(&name);
    let lease = Lease::new(deps.pool.clone(), name, deps.node.clone());
    let deps = deps.clone();
    let stop = lifecycle.stop(Phase::Followers);
    lifecycle.spawn(Phase::Followers, process.name(), async move {
        let idle = status.clone();
        while_leader(
            lease,
            stop,
            || idle.idle(FollowerState::Standby),
            move |token| lead(deps.clone(), Arc::clone(&process), status.clone(), token),
        )
        .await;
    });
}

async fn lead(
    deps: ProcessDeps,
    process: Arc<dyn Process>,
    status: FollowerStatus,
    stop: CancellationToken,
) {
    let follower = Reactions {
        pool: deps.pool,
        process: Arc::clone(&process),
        stored: Instant::now(),
    };
    tokio::join!(
        follow(deps.log, follower, status, BATCH, stop.clone()),
        clock(process, stop)
    );
}

async fn clock(process: Arc<dyn Process>, stop: CancellationToken) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = process.tick().await {
            tracing::warn!(process = process.name(), %error, "what is due will be tried again");
        }
    }
}

/// A process as a follower of the log.
struct Reactions {
    pool: PgPool,
    process: Arc<dyn Process>,
    stored: Instant,
}

impl Reactions {
    async fn store(&mut self, position: Position) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "insert into process_checkpoints (name, position) values ($1, $2) \
             on conflict (name) do update set position = excluded.position, updated_at = now() \
             where process_checkpoints.position < excluded.position",
            self.process.name(),
            position.get(),
        )
        .execute(&self.pool)
        .await?;
        self.stored = Instant::now();
        Ok(())
    }
}

impl Follower for Reactions {
    fn name(&self) -> &str {
        self.process.name()
    }

    async fn position(&mut self) -> Result<Position, FollowError> {
        let stored = sqlx::query_scalar!(
            "select position from process_checkpoints where name = $1",
            self.process.name()
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(stored.map_or(Position::ZERO, Position::new))
    }

    async fn handle(&mut self, events: &[Arc<RecordedEvent>]) -> Result<Position, FollowError> {
        let mut done = Position::ZERO;
        let mut reacted = false;
        let mut failed = None;
        for event in events {
            if self.process.wants(event) {
                reacted = true;
                if let Err(error) = self.process.react(event).await {
                    failed = Some(error);
                    break;
                }
            }
            done = event.position;
        }
        if done > Position::ZERO && (reacted || self.stored.elapsed() >= TICK) {
            self.store(done).await?;
        }
        match failed {
            None => Ok(done),
            Some(ProcessError::Retry(message)) => Err(FollowError::Retry(message)),
            Some(ProcessError::Halt(message)) => Err(FollowError::Halt(message)),
        }
    }
}
