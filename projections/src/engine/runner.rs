//! A projection as a follower of the log.
//!
//! * **Shape**: one follower per projection; a batch is applied in a task of its own, which nothing
//!   can cut between `begin` and `commit`.
//!   Under load events gather for a moment, so that a row is written once for many of them; not
//!   while somebody waits for the projection.
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

/// Two batches within this time show that more are on their way; so does more than one event in a
/// batch. Then events gather …
const QUICK: Duration = Duration::from_millis(15);

/// … for so many times as long as the batch took, so that the log is not kept from the processor …
const GATHER: u32 = 6;

/// … at least for this long …
const SHORTEST_GATHER: Duration = Duration::from_millis(40);

/// … and never longer than this. A row that changed many times meanwhile is written once.
const LONGEST_GATHER: Duration = Duration::from_millis(80);

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
            begun: None,
            rest: None,
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
    /// When the last batch was begun.
    begun: Option<Instant>,
    /// How long the next events may gather.
    rest: Option<Duration>,
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
            Ok((position, taken_up)) => {
                let since_last = self.begun.replace(started).map(|last| started - last);
                let since_last = since_last.unwrap_or(Duration::MAX);
                self.rest = rest(count, taken_up, started.elapsed(), since_last);
                Ok(position)
            }
            Err(Stop::Lost) => self.look_again().await,
            // A halt is written down with the checkpoint; `position` finds it there, says so, and
            // sees when an operator takes it back.
            Err(Stop::Retry(error) | Stop::Halt(error)) => Err(FollowError::Retry(error)),
        }
    }

    async fn ready(&mut self) {
        let Some(rest) = self.rest.take() else {
            return;
        };
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            // Somebody waits for what they have changed to be shown.
            () = self.lane.positions.awaited(self.lane.spec().name) => {}
        }
    }
}

/// How long events may gather after a batch: not at all on an idle system, nor while the projection
/// is far behind.
fn rest(events: usize, taken_up: usize, took: Duration, since_last: Duration) -> Option<Duration> {
    let busy = taken_up > 1 || since_last < QUICK;
    let gathers = busy && events < BATCH;
    gathers.then(|| (took * GATHER).clamp(SHORTEST_GATHER, LONGEST_GATHER))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_gather_only_while_many_come_and_the_projection_keeps_up() {
        let (took, slow) = (Duration::from_millis(10), Duration::from_secs(1));
        assert_eq!(rest(9, 1, took, slow), None);
        assert_eq!(rest(9, 1, took, took), Some(took * GATHER));
        assert_eq!(rest(9, 2, took, slow), Some(took * GATHER));
        assert_eq!(rest(9, 2, slow, slow), Some(LONGEST_GATHER));
        assert_eq!(rest(BATCH, 2, took, took), None);
    }
}
