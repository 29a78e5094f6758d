//! The one loop of every follower: relay, projectors, processes, notary.
//!
//! * **Shape**: one task per follower; it asks where the follower stands, reads the next batch from
//!   the [`Log`], hands it over, and waits for the head to move when there is nothing to read.
//! * **Ordering**: events come in position order; every batch is proved to start at `last + 1` and
//!   to have no hole (G4) before the follower sees it.
//! * **Delivery**: at least once. The follower owns its position: it is asked at the start and after
//!   every error, so a step that failed half-way is handed over again from where it really stands.
//! * **On failure**: `Retry` waits 0.1 → 5 s and tries for ever; `Halt`, an unreadable event and a
//!   missing position stop this follower alone and show in [`Health`](crate::Health) until
//!   [`FollowerStatus::resume`] or a restart.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use pantheon_events::{Position, RecordedEvent};
use tokio_util::sync::CancellationToken;

use crate::read::contiguous;
use crate::{FollowerState, FollowerStatus, Log, ReadError, outside_words};

const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Somebody who deals with every event once it is committed.
pub trait Follower: Send {
    /// Its name in logs, metrics and health.
    fn name(&self) -> &str;

    /// The last event it has dealt with. Asked at the start and after every error. It may wait here
    /// (for a lease, for an operator); stopping the node ends the wait.
    fn position(&mut self) -> impl Future<Output = Result<Position, FollowError>> + Send;

    /// Deals with the next events (never none) and says where it stands then: at the last of them,
    /// or at an earlier one to get the rest again.
    fn handle(
        &mut self,
        events: &[Arc<RecordedEvent>],
    ) -> impl Future<Output = Result<Position, FollowError>> + Send;

    /// Resolves when, with nothing to do, its position may no longer be what it was: it is asked
    /// again then. Only a follower whose work lies where others can undo it has doubts.
    fn doubts(&mut self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }
}

/// Why a follower could not go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FollowError {
    /// It may mend itself: try again, for ever.
    #[error("{0}")]
    Retry(String),
    /// It does not mend itself: stop this follower and say so.
    #[error("{0}")]
    Halt(String),
}

impl From<sqlx::Error> for FollowError {
    /// Its own words go to the process log, because a follower's error is shown to others.
    fn from(error: sqlx::Error) -> Self {
        tracing::warn!(cause = %error, "a follower's call of the database failed");
        Self::Retry(outside_words(&error))
    }
}

impl From<ReadError> for FollowError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(_) => Self::Retry(error.to_string()),
            ReadError::Integrity { .. } | ReadError::Corrupt { .. } => {
                Self::Halt(error.to_string())
            }
        }
    }
}

/// Follows the log with at most `batch` events at a time until `stop` is cancelled. A batch in the
/// follower's hands is finished first.
pub async fn follow<F: Follower>(
    log: Log,
    mut follower: F,
    status: FollowerStatus,
    batch: usize,
    stop: CancellationToken,
) {
    let mut wait = FIRST_WAIT;
    loop {
        let reached = status.position();
        let Err(error) = run(&log, &mut follower, &status, batch, &stop).await else {
            return;
        };
        if status.position() > reached {
            wait = FIRST_WAIT;
        }
        if !pause(follower.name(), &error, &status, wait, &stop).await {
            return;
        }
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// Until `stop` (`Ok`) or the first error.
async fn run<F: Follower>(
    log: &Log,
    follower: &mut F,
    status: &FollowerStatus,
    batch: usize,
    stop: &CancellationToken,
) -> Result<(), FollowError> {
    let mut head = log.watch_head();
    let Some(mut last) = stand(log, follower, status, stop).await? else {
        return Ok(());
    };
    while !stop.is_cancelled() {
        // Seen before the read, so that a commit during the read wakes the wait below.
        head.borrow_and_update();
        let events = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            read = log.read(last, batch) => read?.events,
        };
        let Some(first) = events.first() else {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                _ = head.changed() => {}
                () = follower.doubts() => match stand(log, follower, status, stop).await? {
                    Some(position) => last = position,
                    None => return Ok(()),
                },
            }
            continue;
        };
        prove(log, last, &events)?;
        status.in_hand(first.position, first.recorded_at);
        // Never cancelled: a follower is not cut between its steps.
        last = follower.handle(&events).await?;
        status.running(last);
    }
    Ok(())
}

/// Where the follower stands; `None` when it is told to stop.
async fn stand<F: Follower>(
    log: &Log,
    follower: &mut F,
    status: &FollowerStatus,
    stop: &CancellationToken,
) -> Result<Option<Position>, FollowError> {
    let position = tokio::select! {
        () = stop.cancelled() => return Ok(None),
        position = follower.position() => position?,
    };
    within_log(log, position).await?;
    status.running(position);
    Ok(Some(position))
}

/// A follower that stands beyond the end has dealt with events that the log does not have: the log
/// went back, and its work has to be undone or rebuilt by somebody who knows.
async fn within_log(log: &Log, last: Position) -> Result<(), FollowError> {
    if last <= log.head() {
        return Ok(());
    }
    let head = log.database_head().await?;
    if last <= head {
        return Ok(());
    }
    let why = format!("it stands at {last}, beyond the end of the log at {head}");
    log.alarm(&why);
    Err(FollowError::Halt(why))
}

/// The follower's own proof of contiguity, whatever the reader has already proved.
fn prove(log: &Log, last: Position, events: &[Arc<RecordedEvent>]) -> Result<(), FollowError> {
    contiguous(last, events).map(drop).map_err(|error| {
        if let ReadError::Integrity { expected, found } = error {
            log.note_violation(expected, found);
        }
        error.into()
    })
}

/// Waits after an error; false = the node stops.
async fn pause(
    name: &str,
    error: &FollowError,
    status: &FollowerStatus,
    wait: Duration,
    stop: &CancellationToken,
) -> bool {
    match error {
        FollowError::Retry(message) => {
            tracing::warn!(
                follower = name,
                error = message,
                ?wait,
                "follower waits and retries"
            );
            status.retrying(message);
            tokio::select! {
                () = stop.cancelled() => return false,
                () = tokio::time::sleep(wait) => {}
                () = status.resumed() => {}
            }
        }
        FollowError::Halt(message) => {
            tracing::error!(follower = name, error = message, "follower halted");
            status.halted(message);
            tokio::select! {
                () = stop.cancelled() => return false,
                () = status.resumed() => {}
            }
            status.idle(FollowerState::Starting);
        }
    }
    true
}
