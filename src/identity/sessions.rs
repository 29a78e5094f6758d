//! Whose a session is, by the log itself: a token is believed only when it is its bearer's.

use async_trait::async_trait;
use pantheon_events::{SessionId, UserId};

use crate::auth::{Accounts, Away, Sessions};
use crate::clock::Clock;
use crate::domain::sessions::Session;
use crate::store::{DispatchError, Dispatcher};

/// Reads the streams of sessions.
pub struct Streams {
    /// The sessions.
    pub sessions: Dispatcher<Session>,
    /// What is known of those that ended.
    pub accounts: Accounts,
    /// The node's clock.
    pub clock: Clock,
}

#[async_trait]
impl Sessions for Streams {
    async fn owner(&self, session: SessionId) -> Result<Option<UserId>, Away> {
        let loaded = match self.sessions.load(&session.to_string()).await {
            Ok(loaded) => loaded.aggregate,
            Err(DispatchError::Read(error)) => {
                tracing::warn!(%error, "the database did not answer about a session");
                return Err(Away);
            }
            // A stream that cannot be read opens nothing.
            Err(error) => {
                tracing::error!(%error, "a session cannot be read");
                return Ok(None);
            }
        };
        if loaded.ended.is_some() {
            self.accounts.ended(session, self.clock.now());
            return Ok(None);
        }
        Ok(loaded.user_id)
    }
}
