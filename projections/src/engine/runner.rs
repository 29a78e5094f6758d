//! A projection as a follower of the log.
//!
//! * **Shape**: one follower per projection; a batch is applied in a task of its own, which nothing
//!   can cut between `begin` and `commit`.
//! * **Ordering**: the log's; proved by `follow` (G4).
//! * **Delivery**: exactly once into the rows: the checkpoint moves in the rows' transaction, and
//!   only from where this runner believed it to be. When another node was faster, nothing happened
//!   and the runner looks again.
//! * **On failure**: what passes is retried for ever; poison is parked or halts (see `apply`).
//!   Paused, halted and outdated projections wait here until that changes, on whichever node it is
//!   changed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pantheon_events::{Position, RecordedEvent};
use pantheon_log::{FollowError, Follower, FollowerState, Log, follow};
use tokio_util::sync::CancellationToken;

use super::apply::Stop;
use super::lane::{Lane, Standing};
use super::rebuild;

/// Most events in one live batch. Live, a batch is what came in meanwhile and far smaller; behind,
/// every row is written once per batch, however many of its events are in it.
const BATCH: usize = 5_000;

/// How often a projection that may not run looks whether it may.
const LOOK: Duration = Duration::from_millis(250);

/// Follows the log with one projection until `stop`.
pub(super) async fn run(log: Log, lane: Arc<Lane>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let turn = stop.child_token();
        let runner = Runner {
            name: label(lane.spec().name),
            lane: Arc::clone(&lane),
            log: log.clone(),
            stop: turn.clone(),
        };
        let following = follow(
            log.clone(),
            runner,
            lane.status.clone(),
            BATCH,
            turn.clone(),
        );
        tokio::pin!(following);
        tokio::select! {
            () = &mut following => {}
            () = lane.restart.notified() => {
                turn.cancel();
                following.await;
            }
        }
    }
}

/// The follower's name in health and logs.
pub(super) fn label(projection: &str) -> String {
    format!("projection:{projection}")
}

struct Runner {
    name: String,
    lane: Arc<Lane>,
    log: Log,
    stop: CancellationToken,
}

impl Follower for Runner {
    fn name(&self) -> &str {
        &self.name
    }

    async fn position(&mut self) -> Result<Position, FollowError> {
        loop {
            let standing = self.lane.reload().await;
            match standing? {
                Standing::At(position) => return Ok(position),
                Standing::Outdated => self.renew().await?,
                Standing::Paused => self.lane.status.idle(FollowerState::Paused),
                Standing::Halted(error) => self.lane.status.halted(&error),
                Standing::Newer(version) => {
                    tracing::debug!(
                        follower = self.name,
                        version,
                        "a newer build has taken over"
                    );
                    self.lane.status.idle(FollowerState::Standby);
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn handle(&mut self, events: &[Arc<RecordedEvent>]) -> Result<Position, FollowError> {
        if let Some(position) = self.lane.pass_over(events).await {
            return Ok(position);
        }
        let (lane, events) = (Arc::clone(&self.lane), events.to_vec());
        let (count, started) = (events.len(), Instant::now());
        let applied = tokio::spawn(async move { lane.apply(&events).await }).await;
        self.measure(count, started);
        match applied.map_err(|error| FollowError::Retry(error.to_string()))? {
            Ok(position) => Ok(position),
            Err(Stop::Lost) => self.look_again().await,
            // A halt is written down with the checkpoint; `position` finds it there, says so, and
            // sees when an operator takes it back.
            Err(Stop::Retry(error) | Stop::Halt(error)) => Err(FollowError::Retry(error)),
        }
    }
}

impl Runner {
    /// The checkpoint was elsewhere: goes on from there, or finds out why it may not.
    async fn look_again(&self) -> Result<Position, FollowError> {
        let name = self.lane.spec().name;
        metrics::counter!("pantheon_projection_lost_races_total", "projection" => name)
            .increment(1);
        match self.lane.reload().await {
            Ok(Standing::At(position)) => Ok(position),
            Ok(_) => Err(FollowError::Retry(
                "the projection was stopped or replaced".to_owned(),
            )),
            Err(error) => Err(error.into()),
        }
    }

    /// Builds the rows of this build's version, while the old ones stay readable. Poison is not built
    /// again by itself: an operator says when its cause is mended.
    async fn renew(&self) -> Result<(), FollowError> {
        self.lane.status.idle(FollowerState::Starting);
        let build = rebuild::Rebuild::new(&self.log, Arc::clone(&self.lane.projector));
        match build.renew(self.stop.clone()).await {
            Ok(()) | Err(rebuild::RebuildError::Busy(_)) => Ok(()),
            Err(error @ rebuild::RebuildError::Poison(_)) => self.stand_halted(&error).await,
            Err(error) => Err(FollowError::Retry(error.to_string())),
        }
    }

    /// Until somebody touches the projection. Its old rows are another build's, which may go on.
    async fn stand_halted(&self, error: &rebuild::RebuildError) -> Result<(), FollowError> {
        tracing::error!(follower = self.name, %error, "the new rows cannot be built");
        let retry = |error: sqlx::Error| FollowError::Retry(error.to_string());
        let halted_at = self.lane.stored_generation().await.map_err(retry)?;
        while self.lane.stored_generation().await.map_err(retry)? == halted_at {
            self.lane.status.halted(&error.to_string());
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    fn measure(&self, events: usize, started: Instant) {
        let name = self.lane.spec().name;
        #[expect(clippy::cast_precision_loss, reason = "a histogram's value is a float")]
        let events = events as f64;
        metrics::histogram!("pantheon_projection_batch_events", "projection" => name)
            .record(events);
        metrics::histogram!("pantheon_projection_batch_seconds", "projection" => name)
            .record(started.elapsed());
    }
}
