//! The relay: copies the log to JetStream as a numbered mirror (G5).
//!
//! Shape: a follower of the log whose position is the mirror's own last message.
//! Ordering: log order; every publish names the sequence it follows.
//! Delivery: each event exactly once in the stream; a second relay loses the compare-and-swap and
//! stores nothing.
//! On failure: forget everything, read the mirror's last message again and go on from there; a
//! mirror that is not a copy of this log stops the relay until `pantheon bus rebuild`, whichever node
//! is told to: while it is stopped, it looks at the mirror again every few seconds. The same is done
//! when the connection comes back and every few seconds without events, so that a store that was lost
//! meanwhile is filled again although nothing happens.

use std::sync::Arc;
use std::time::Duration;

use pantheon_events::{Position, RecordedEvent};
use pantheon_log::{FollowError, Follower, FollowerStatus, Log, ReadError};
use pantheon_nats::reconcile::Fork;
use pantheon_nats::{LogView, Mirror, MirrorError, Seen, Step, reconcile};

use crate::clock::Clock;

/// How often the mirror is looked at while there is nothing to publish.
const LOOK: Duration = Duration::from_secs(5);
/// How often a mirror that is not a copy of this log is looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// How long NATS is waited for at a time.
const AWAY: Duration = Duration::from_secs(3600);

/// The relay as a follower of the log.
pub struct Relay {
    log: Log,
    mirror: Mirror,
    clock: Clock,
    status: FollowerStatus,
    /// The alarm that was raised already.
    alarmed: Option<Fork>,
    /// What publishing has found and the last message does not show.
    doubled: Option<Fork>,
    /// Whether the stream was given the configured limits in this term.
    limited: bool,
}

impl Relay {
    /// A relay from this log to this mirror; `status` is where it says that it is stopped.
    #[must_use]
    pub fn new(log: Log, mirror: Mirror, clock: Clock, status: FollowerStatus) -> Self {
        Self {
            log,
            mirror,
            clock,
            status,
            alarmed: None,
            doubled: None,
            limited: false,
        }
    }

    /// Where the mirror stands, made anew if need be; or that it is not a copy of this log.
    async fn look(&mut self) -> Result<Result<Position, Fork>, FollowError> {
        let seen = self.mirror.seen().await.map_err(away)?;
        if seen.position().is_none() {
            self.doubled = None;
        }
        if let Some(fork) = self.doubled {
            return Ok(Err(fork));
        }
        let first = match reconcile(seen, self.view(seen).await?) {
            Step::Continue { after } => {
                self.limit().await;
                return Ok(Ok(after));
            }
            Step::Fork(fork) => return Ok(Err(fork)),
            Step::Create { first } => {
                self.mirror.create(first).await.map_err(away)?;
                first
            }
            Step::Recreate { first } => {
                self.mirror.recreate(first).await.map_err(away)?;
                first
            }
        };
        tracing::info!(%first, "the mirror is filled from the log");
        Ok(Ok(Position::new(first.get() - 1)))
    }

    /// Limits that were changed in the settings reach a stream that is there already. One that the
    /// server does not take keeps nobody from relaying.
    async fn limit(&mut self) {
        if !self.limited {
            self.limited = true;
            if let Err(error) = self.mirror.limit().await {
                tracing::error!(%error, "the stream keeps its old limits; check PANTHEON_BUS_*");
            }
        }
    }

    /// Raises the alarm once for each fork, and says for as long as it lasts that nothing is relayed.
    fn alarm(&mut self, fork: Fork) {
        if self.alarmed.replace(fork) != Some(fork) {
            self.log.alarm(&fork.to_string());
        }
        self.status.halted(&fork.to_string());
    }

    /// The first position that a mirror made now has to hold: the first inside its retention.
    async fn first(&self, head: Position) -> Result<Position, FollowError> {
        let Ok(age) = chrono::Duration::from_std(self.mirror.topology().max_age) else {
            return Ok(Position::new(1));
        };
        if age.is_zero() {
            return Ok(Position::new(1));
        }
        let before = self
            .log
            .position_at(self.clock.now() - age)
            .await
            .map_err(unreadable)?;
        Ok(before.min(head).next())
    }

    async fn view(&self, seen: Seen) -> Result<LogView, FollowError> {
        let head = self.log.database_head().await.map_err(unreadable)?;
        let event = match seen.position() {
            Some(position) => self.log.event_at(position).await.map_err(unreadable)?,
            None => None,
        };
        Ok(LogView {
            head,
            first: self.first(head).await?,
            event: event.map(|e| e.event_id),
        })
    }
}

impl Follower for Relay {
    fn name(&self) -> &str {
        "relay"
    }

    async fn position(&mut self) -> Result<Position, FollowError> {
        loop {
            // Waited for, not tried again: so the relay goes on as soon as NATS is back.
            let ready = self.mirror.bus().ready(AWAY).await;
            ready.map_err(|error| away(error.into()))?;
            match self.look().await? {
                Ok(position) => {
                    self.alarmed = None;
                    return Ok(position);
                }
                Err(fork) => self.alarm(fork),
            }
            tokio::select! {
                () = self.status.resumed() => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }

    async fn handle(&mut self, events: &[Arc<RecordedEvent>]) -> Result<Position, FollowError> {
        let published = self.mirror.publish(events).await;
        if let Err(MirrorError::Fork(fork)) = &published {
            self.doubled = Some(*fork);
        }
        published.map_err(away)
    }

    async fn doubts(&mut self) {
        let mut state = self.mirror.bus().watch();
        state.mark_unchanged();
        tokio::select! {
            _ = state.changed() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Whatever it is, the mirror is looked at anew.
fn away(error: MirrorError) -> FollowError {
    tracing::warn!(cause = %error, "the mirror did not do its work");
    FollowError::Retry(error.outside_words())
}

fn unreadable(error: ReadError) -> FollowError {
    match error {
        ReadError::Unavailable(_) => FollowError::Retry(error.to_string()),
        ReadError::Integrity { .. } | ReadError::Corrupt { .. } => {
            FollowError::Halt(error.to_string())
        }
    }
}
