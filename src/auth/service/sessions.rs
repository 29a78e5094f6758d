//! Whether the session that a token names was ever started, and for the account that it names.
//!
//! A signature says that a key of ours signed; it does not say that the session is in this log. After
//! the database was set back to an older state there are tokens of sessions that never were.

use async_trait::async_trait;
use pantheon_events::{SessionId, UserId};

use super::{Auth, Principal};

/// The log does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the database does not answer")]
pub struct Away;

/// Knows whose a session is.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Whose a session is that was started and did not end; `None` = there is no such session.
    async fn owner(&self, session: SessionId) -> Result<Option<UserId>, Away>;
}

impl Auth {
    /// Sets what knows whose a session is. Once, when the node is put together.
    pub fn ask_sessions(&self, sessions: Box<dyn Sessions>) {
        // A second call would be a mistake in the composition; the first one stays.
        let _ = self.inner.ask_sessions.set(sessions);
    }

    /// Whether the session behind a token is its bearer's. Asked once for each session; that it ended since
    /// is known without asking.
    pub(super) async fn has_session(&self, principal: &Principal) -> Result<bool, Away> {
        let Some(session) = principal.session else {
            return Ok(true);
        };
        if let Some(owner) = self.inner.sessions.get(&session.id) {
            return Ok(owner == session.user);
        }
        let Some(sessions) = self.inner.ask_sessions.get() else {
            return Ok(false);
        };
        let owner = sessions.owner(session.id).await?;
        if let Some(owner) = owner {
            self.inner.sessions.insert(session.id, owner);
        }
        Ok(owner == Some(session.user))
    }
}
