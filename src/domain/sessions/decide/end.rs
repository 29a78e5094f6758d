//! Ending a session.

use chrono::{DateTime, Utc};
use pantheon_events::sessions::{EndReason, EndSession, SessionEnded, SessionEvent};

use super::super::Session;

pub(in super::super) fn end(
    session: &Session,
    command: &EndSession,
    now: DateTime<Utc>,
) -> Vec<SessionEvent> {
    over(session, command.reason, now).into_iter().collect()
}

/// The end of a session that goes on.
pub(super) fn over(
    session: &Session,
    reason: EndReason,
    at: DateTime<Utc>,
) -> Option<SessionEvent> {
    let user_id = session.user_id.filter(|_| session.ended.is_none())?;
    let ended = SessionEnded {
        user_id,
        reason,
        at,
    };
    Some(ended.into())
}

#[cfg(test)]
mod tests {
    use super::super::given::{ada, asked_at, history, noon, started};
    use super::*;

    #[tokio::test]
    async fn a_session_ends_once() {
        let logout = EndSession {
            reason: EndReason::Logout,
        };
        let ended: SessionEvent = SessionEnded {
            user_id: ada(),
            reason: EndReason::Logout,
            at: noon(),
        }
        .into();
        let first = history(vec![started()]);
        let first = first.when_async(asked_at(logout.clone(), noon())).await;
        first.then_expect_events(vec![ended.clone()]);
        let again = history(vec![started(), ended]);
        let again = again.when_async(asked_at(logout, noon())).await;
        again.then_expect_events(vec![]);
    }
}
