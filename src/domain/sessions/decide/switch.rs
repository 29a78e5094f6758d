//! Acting in another organisation. Whether its owner may is known to the memberships.

use chrono::{DateTime, Utc};
use pantheon_events::sessions::{SessionEvent, SessionOrganizationSwitched, SwitchOrganization};

use super::super::{Session, SessionError};

pub(in super::super) fn switch(
    session: &Session,
    command: &SwitchOrganization,
    now: DateTime<Utc>,
) -> Result<Vec<SessionEvent>, SessionError> {
    let user_id = session.user_id.filter(|_| session.ended.is_none());
    let switched = SessionOrganizationSwitched {
        user_id: user_id.ok_or(SessionError::Ended)?,
        organization_id: command.organization_id,
        token_digest: command.token_digest.clone(),
        at: now,
    };
    Ok(vec![switched.into()])
}
