//! Running processes: each on one node at a time.
//!
//! Shape: under a lease, a follower hands over every event that is of interest, and a clock ticks
//! beside it.
//! Ordering: events in log order, one at a time.
//! Delivery: at least once; the position is stored after the reactions, at the stop, and every five
//! seconds while nothing is of interest (for every process that is a commit, which waits for the
//! disk). Derived command ids make a repeat harmless.
//! On failure: a reaction is repeated with growing pauses; a defect halts this process on this node
//! and shows in `/readyz`. The lease is given back then: a node with another build may be able to go
//! on, and without one this node tries again after a while. What is due by the clock is done item by
//! item; a round that fails or hangs shows in `/readyz` too.

use std::sync::Arc;
use std::time::Duration;

use pantheon_events::{Position, RecordedEvent};
use pantheon_log::{
    FollowError, Follower, FollowerState, FollowerStatus, Health, Log, Pool, follow,
};
use sqlx::PgPool;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::{Process, ProcessError};
use crate::followers::{LEASES, LEASES_WITHIN, Lease, while_leader};
use crate::lifecycle::{Lifecycle, Phase};
use crate::pulse::{Pulse, Pulses};

const BATCH: usize = 500;
const TICK: Duration = Duration::from_secs(1);
/// How often a position is stored that moved without reactions.
const STORE: Duration = Duration::from_secs(5);
/// How long the last one may take to be stored.
const LAST: Duration = Duration::from_secs(1);
/// A round of the clock may take this long; then it is begun anew.
const ROUND: Duration = Duration::from_secs(10);
/// Without a good round for this long the process is not well.
const ROUNDS_WITHIN: Duration = Duration::from_secs(5);
/// How long a node leaves a process to others after it has halted here.
const REST: Duration = Duration::from_secs(5);

/// What running a process takes.
#[derive(Clone)]
pub struct ProcessDeps {
    /// The log to follow.
    pub log: Log,
    /// Where leases and positions are kept.
    pub pool: PgPool,
    /// Where its state is shown.
    pub health: Health,
    /// Where the rounds of its clock are shown.
    pub pulses: Pulses,
    /// The node's name.
    pub node: String,
}

/// Runs a process on this node whenever it holds the process's lease.
pub fn spawn(deps: &ProcessDeps, process: Arc<dyn Process>, lifecycle: &Lifecycle) {
    let name = format!("process:{}", process.name());
    let status = deps.health.register(&name);
    let pulse = deps
        .pulses
        .register(format!("clock:{}", process.name()), ROUNDS_WITHIN);
    let leases = deps.pulses.shared(LEASES, LEASES_WITHIN);
    let lease = Lease::new(deps.pool.clone(), name, deps.node.clone(), leases);
    let deps = deps.clone();
    let stop = lifecycle.stop(Phase::Followers);
    lifecycle.spawn(Phase::Followers, process.name(), async move {
        let (idle, resting) = (status.clone(), pulse.clone());
        let standby = || {
            idle.idle(FollowerState::Standby);
            resting.rest();
        };
        while_leader(lease, stop, REST, standby, move |token| {
            let line = Line {
                process: Arc::clone(&process),
                status: status.clone(),
                pulse: pulse.clone(),
            };
            lead(deps.clone(), line, token)
        })
        .await;
    });
}

/// A process and where it says how it is.
struct Line {
    process: Arc<dyn Process>,
    status: FollowerStatus,
    pulse: Pulse,
}

/// Until `stop`, or until the process halts.
async fn lead(deps: ProcessDeps, line: Line, stop: CancellationToken) {
    let turn = stop.child_token();
    let place = Place {
        pool: Pool::new(deps.pool),
        name: line.process.name(),
    };
    let follower = Reactions {
        place: place.clone(),
        process: Arc::clone(&line.process),
        stored: Instant::now(),
        turn: turn.clone(),
    };
    tokio::join!(
        follow(deps.log, follower, line.status.clone(), BATCH, turn.clone()),
        clock(&*line.process, &line.pulse, turn)
    );
    // The next start need not go over the same events again. Who cannot store it goes over them.
    let reached = line.status.position();
    if reached > Position::ZERO && !matches!(timeout(LAST, place.store(reached)).await, Ok(Ok(())))
    {
        tracing::debug!(process = place.name, "the last position was not stored");
    }
    // The halt shows by itself; nobody is late with what is due here.
    line.pulse.rest();
}

async fn clock(process: &dyn Process, pulse: &Pulse, stop: CancellationToken) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pulse.beat();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let round = tokio::select! {
            () = stop.cancelled() => return,
            round = timeout(ROUND, process.tick()) => round,
        };
        let failed = match round {
            Ok(Ok(())) => {
                pulse.beat();
                continue;
            }
            Ok(Err(error)) => error,
            Err(_) => ProcessError::Retry("the round does not end".to_owned()),
        };
        tracing::warn!(process = process.name(), error = %failed, "what is due will be tried again");
        pulse.failed(failed.to_string());
    }
}

/// Where it is kept how far a process has come.
#[derive(Clone)]
struct Place {
    pool: Pool,
    name: &'static str,
}

/// A process as a follower of the log.
struct Reactions {
    place: Place,
    process: Arc<dyn Process>,
    stored: Instant,
    /// Ended when the process halts.
    turn: CancellationToken,
}

impl Place {
    /// Never moves back.
    async fn store(&self, position: Position) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "insert into process_checkpoints (name, position) values ($1, $2) \
             on conflict (name) do update set position = excluded.position, updated_at = now() \
             where process_checkpoints.position < excluded.position",
            self.name,
            position.get(),
        )
        .execute(&self.pool)
        .await
        .map(drop)
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
        .fetch_optional(&self.place.pool)
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
        if done > Position::ZERO && (reacted || self.stored.elapsed() >= STORE) {
            self.place.store(done).await?;
            self.stored = Instant::now();
        }
        match failed {
            None => Ok(done),
            Some(ProcessError::Retry(message)) => Err(FollowError::Retry(message)),
            Some(ProcessError::Halt(message)) => {
                self.turn.cancel();
                Err(FollowError::Halt(message))
            }
        }
    }
}
