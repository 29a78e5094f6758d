//! Opening a session.

use chrono::{DateTime, Utc};
use pantheon_events::sessions::{SessionEvent, SessionStarted, StartSession};

use super::super::{Session, SessionError};

pub(in super::super) fn start(
    session: &Session,
    command: &StartSession,
    now: DateTime<Utc>,
) -> Result<Vec<SessionEvent>, SessionError> {
    if session.user_id.is_some() {
        return Err(SessionError::AlreadyExists);
    }
    let started = SessionStarted {
        user_id: command.user_id,
        way: command.way,
        token_digest: command.token_digest.clone(),
        organization_id: command.organization_id,
        at: now,
        ip_address: command.ip_address.clone(),
        user_agent: command.user_agent.clone(),
    };
    Ok(vec![started.into()])
}
