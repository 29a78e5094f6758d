//! The relay: copies the log to JetStream as a numbered mirror (G5).
//!
//! Shape: a follower of the log whose position is the mirror's own last message.
//! Ordering: log order; every publish names the sequence it follows.
//! Delivery: each event exactly once in the stream; a second relay loses the compare-and-swap and
//! stores nothing.
//! On failure: forget everything, read the mirror's last message again and go on from there; a
//! mirror that is not a copy of this log stops the relay until `pantheon bus rebuild`. The same is
//! done when the connection comes back and every few seconds without events, so that a store that
//! was lost meanwhile is filled again although nothing happens.

use std::sync::Arc;
use std::time::Duration;

use pantheon_events::{Position, RecordedEvent};
use pantheon_log::{FollowError, Follower, Log, ReadError};
use pantheon_nats::{LogView, Mirror, MirrorError, Reaction, Seen, Step, reconcile};

use crate::clock::Clock;

/// How often the mirror is looked at while there is nothing to publish.
const LOOK: Duration = Duration::from_secs(5);
/// How long NATS is waited for at a time.
const AWAY: Duration = Duration::from_secs(3600);

/// The relay as a follower of the log.
pub struct Relay {
    log: Log,
    mirror: Mirror,
    clock: Clock,
}

impl Relay {
    /// A relay from this log to this mirror.
    #[must_use]
    pub fn new(log: Log, mirror: Mirror, clock: Clock) -> Self {
        Self { log, mirror, clock }
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
        // Waited for, not tried again: so the relay goes on as soon as NATS is back.
        let ready = self.mirror.bus().ready(AWAY).await;
        ready.map_err(|error| away(error.into()))?;
        let seen = self.mirror.seen().await.map_err(away)?;
        match reconcile(seen, self.view(seen).await?) {
            Step::Continue { after } => Ok(after),
            Step::Recreate { first } => {
                tracing::info!(%first, "the mirror is filled from the log");
                self.mirror.recreate(first).await.map_err(away)?;
                Ok(Position::new(first.get() - 1))
            }
            Step::Fork(fork) => Err(FollowError::Halt(fork.to_string())),
        }
    }

    async fn handle(&mut self, events: &[Arc<RecordedEvent>]) -> Result<Position, FollowError> {
        self.mirror.publish(events).await.map_err(away)
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

fn away(error: MirrorError) -> FollowError {
    tracing::warn!(cause = %error, "the mirror did not do its work");
    match error.reaction() {
        Reaction::Stop => FollowError::Halt(error.outside_words()),
        Reaction::Reread | Reaction::Wait => FollowError::Retry(error.outside_words()),
    }
}

fn unreadable(error: ReadError) -> FollowError {
    match error {
        ReadError::Unavailable(_) => FollowError::Retry(error.to_string()),
        ReadError::Integrity { .. } | ReadError::Corrupt { .. } => {
            FollowError::Halt(error.to_string())
        }
    }
}
