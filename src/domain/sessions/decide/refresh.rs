//! A new refresh token for one that is shown.
//!
//! Every token is used once. One that comes again within a few seconds is a second tab of the same
//! browser and gets a successor of its own; later it can only be a thief's or a victim's, and the
//! whole family ends (RFC 9700, section 4.14).

use chrono::{DateTime, TimeDelta, Utc};
use pantheon_events::sessions::{EndReason, RefreshSession, SessionEvent, SessionRefreshed};

use super::super::life::{FAMILY_LIFE, TOKEN_LIFE};
use super::super::{Session, SessionError};
use super::end::over;

const GRACE: TimeDelta = TimeDelta::seconds(10);

pub(in super::super) fn refresh(
    session: &Session,
    command: &RefreshSession,
    now: DateTime<Utc>,
) -> Result<Vec<SessionEvent>, SessionError> {
    let user_id = session.user_id.filter(|_| session.ended.is_none());
    let user_id = user_id.ok_or(SessionError::Ended)?;
    let given = session.unused.get(&command.shown);
    let used = session.used.get(&command.shown);
    let reason = match (given, used) {
        (Some(given), _) if now >= *given + TOKEN_LIFE => Some(EndReason::Expired),
        (None, Some(used)) if now > *used + GRACE => Some(EndReason::ReuseDetected),
        (None, None) => return Err(SessionError::UnknownToken),
        _ if now >= session.started_at + FAMILY_LIFE => Some(EndReason::Expired),
        _ => None,
    };
    if let Some(reason) = reason {
        return Ok(over(session, reason, now).into_iter().collect());
    }
    let refreshed = SessionRefreshed {
        user_id,
        shown: command.shown.clone(),
        token_digest: command.token_digest.clone(),
        at: now,
    };
    Ok(vec![refreshed.into()])
}

#[cfg(test)]
mod tests {
    use pantheon_events::sessions::SessionEnded;

    use super::super::given::{ada, asked_at, history, noon, started, token};
    use super::*;

    fn show(shown: char, next: char) -> RefreshSession {
        RefreshSession {
            shown: token(shown),
            token_digest: token(next),
        }
    }

    fn refreshed(shown: char, next: char, at: DateTime<Utc>) -> SessionEvent {
        SessionRefreshed {
            user_id: ada(),
            shown: token(shown),
            token_digest: token(next),
            at,
        }
        .into()
    }

    fn ended(reason: EndReason, at: DateTime<Utc>) -> SessionEvent {
        SessionEnded {
            user_id: ada(),
            reason,
            at,
        }
        .into()
    }

    async fn shown(
        before: Vec<SessionEvent>,
        command: RefreshSession,
        at: DateTime<Utc>,
    ) -> Result<Vec<SessionEvent>, SessionError> {
        let session = history(before).when_async(asked_at(command, at)).await;
        session.inspect_result()
    }

    #[tokio::test]
    async fn every_token_has_a_successor() {
        let at = noon() + TimeDelta::minutes(25);
        let next = shown(vec![started()], show('a', 'b'), at).await;
        assert_eq!(next, Ok(vec![refreshed('a', 'b', at)]));
    }

    #[tokio::test]
    async fn two_tabs_may_show_one_token_within_ten_seconds_and_nobody_later() {
        let used = vec![started(), refreshed('a', 'b', noon())];
        let soon = noon() + GRACE;
        let tab = shown(used.clone(), show('a', 'c'), soon).await;
        assert_eq!(tab, Ok(vec![refreshed('a', 'c', soon)]));
        let late = soon + TimeDelta::milliseconds(1);
        let thief = shown(used, show('a', 'c'), late).await;
        assert_eq!(thief, Ok(vec![ended(EndReason::ReuseDetected, late)]));
    }

    #[tokio::test]
    async fn tokens_and_families_have_an_end() {
        let week = noon() + TOKEN_LIFE;
        let old = shown(vec![started()], show('a', 'b'), week).await;
        assert_eq!(old, Ok(vec![ended(EndReason::Expired, week)]));
        let days = |n| noon() + TimeDelta::days(n);
        let history = vec![
            started(),
            refreshed('a', 'b', days(6)),
            refreshed('b', 'c', days(12)),
            refreshed('c', 'd', days(18)),
            refreshed('d', 'e', days(24)),
        ];
        let family = shown(history, show('e', 'f'), days(30)).await;
        assert_eq!(family, Ok(vec![ended(EndReason::Expired, days(30))]));
    }

    #[tokio::test]
    async fn a_token_of_nobody_changes_nothing() {
        let unknown = shown(vec![started()], show('f', 'b'), noon()).await;
        assert_eq!(unknown, Err(SessionError::UnknownToken));
    }
}
