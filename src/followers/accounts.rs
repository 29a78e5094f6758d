//! Keeping in memory which access tokens were taken back.
//!
//! Shape: at the start the read models are read, then the log is followed from there, on every
//! node. Ordering: log order. Delivery: at least once, and harmless to repeat. On failure: tried
//! again.

use std::sync::Arc;

use chrono::TimeDelta;
use pantheon_events::sessions::SessionEvent;
use pantheon_events::users::UserEvent;
use pantheon_events::{DomainEvent, Position, RecordedEvent, SessionId, UserId};
use pantheon_log::{FollowError, Follower};
use pantheon_projections::{QueryError, Reads, sessions, users};

use crate::auth::Accounts;
use crate::clock::Clock;

/// Follows what takes access tokens back.
pub struct TakenBack {
    accounts: Accounts,
    reads: Reads,
    clock: Clock,
}

impl TakenBack {
    /// Keeps `accounts`.
    #[must_use]
    pub const fn new(accounts: Accounts, reads: Reads, clock: Clock) -> Self {
        Self {
            accounts,
            reads,
            clock,
        }
    }

    async fn learn(&self) -> Result<Position, QueryError> {
        // The positions first: rows that are read after them reflect at least that much.
        let users = self.reads.position(users::NAME).await?;
        let sessions = self.reads.position(sessions::NAME).await?;
        for row in users::standings(&self.reads).await? {
            self.accounts.change(UserId::new(row.id), |account| {
                account.inactive = !row.active;
                account.tokens_after = row.tokens_after.map(Position::new);
                let keeps = row.password_keeps.map(SessionId::new);
                let password = row.password_after.map(Position::new);
                account.password = password.map(|position| (position, keeps));
            });
        }
        let now = self.clock.now();
        for id in sessions::ended_since(&self.reads, now - TimeDelta::hours(1)).await? {
            self.accounts.ended(SessionId::new(id), now);
        }
        Ok(users.min(sessions))
    }

    fn apply(&self, event: &RecordedEvent) {
        let (kind, version) = (&event.event_type, &event.event_version);
        let payload = event.payload.get();
        if event.aggregate_type == "session" {
            let fact = SessionEvent::decode(kind, version, payload);
            if let (Ok(SessionEvent::SessionEnded(_)), Ok(id)) = (fact, event.aggregate_id.parse())
            {
                self.accounts.ended(id, event.recorded_at);
            }
            return;
        }
        let fact = UserEvent::decode(kind, version, payload);
        let (Ok(fact), Ok(user)) = (fact, event.aggregate_id.parse()) else {
            return;
        };
        let at = event.position;
        self.accounts.change(user, |account| match fact {
            UserEvent::UserRoleChanged(_) => account.tokens_after = Some(at),
            UserEvent::UserDeactivated(_) => {
                account.inactive = true;
                account.tokens_after = Some(at);
            }
            UserEvent::UserActivated(_) => account.inactive = false,
            UserEvent::UserSetupStarted(_) => account.password = Some((at, None)),
            UserEvent::UserPasswordChanged(changed) => {
                account.password = Some((at, changed.keep_session.map(SessionId::new)));
            }
            _ => {}
        });
    }
}

impl Follower for TakenBack {
    fn name(&self) -> &'static str {
        "accounts"
    }

    async fn position(&mut self) -> Result<Position, FollowError> {
        self.learn()
            .await
            .map_err(|error| FollowError::Retry(error.to_string()))
    }

    async fn handle(&mut self, events: &[Arc<RecordedEvent>]) -> Result<Position, FollowError> {
        let mut last = Position::ZERO;
        for event in events {
            if matches!(event.aggregate_type.as_str(), "user" | "session") {
                self.apply(event);
            }
            last = event.position;
        }
        Ok(last)
    }
}
