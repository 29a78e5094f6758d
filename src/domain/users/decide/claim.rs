//! Whose a login name is.

use chrono::{DateTime, TimeDelta, Utc};
use pantheon_events::users::{
    ClaimLoginName, LoginNameClaimed, LoginNameEvent, LoginNameReleased, ReleaseLoginName,
};

use super::super::{LoginName, UserError};

/// A claim whose account was never made frees itself after this time.
const UNUSED: TimeDelta = TimeDelta::minutes(10);

pub(in super::super) fn claim(
    name: &LoginName,
    command: &ClaimLoginName,
    now: DateTime<Utc>,
) -> Result<Vec<LoginNameEvent>, UserError> {
    let stale = name.claimed_at.is_some_and(|at| at + UNUSED <= now);
    match name.holder {
        Some(holder) if holder == command.user_id => return Ok(vec![]),
        Some(holder) if stale && command.abandoned_by == Some(holder) => {}
        Some(_) => return Err(UserError::NameTaken),
        None => {}
    }
    let claimed = LoginNameClaimed {
        user_id: command.user_id,
        kind: command.kind,
        at: now,
    };
    Ok(vec![claimed.into()])
}

pub(in super::super) fn release(
    name: &LoginName,
    command: &ReleaseLoginName,
) -> Result<Vec<LoginNameEvent>, UserError> {
    match name.holder {
        None => Ok(vec![]),
        Some(holder) if holder == command.user_id => Ok(vec![
            LoginNameReleased {
                user_id: command.user_id,
            }
            .into(),
        ]),
        Some(_) => Err(UserError::NotTheHolder),
    }
}

#[cfg(test)]
mod tests {
    use pantheon_events::users::NameKind;

    use super::super::given::{asked, asked_at, history, noon, somebody};
    use super::*;

    fn wants(n: u128, abandoned_by: Option<u128>) -> ClaimLoginName {
        ClaimLoginName {
            user_id: somebody(n),
            kind: NameKind::Email,
            abandoned_by: abandoned_by.map(somebody),
        }
    }

    fn claimed(n: u128) -> LoginNameEvent {
        LoginNameClaimed {
            user_id: somebody(n),
            kind: NameKind::Email,
            at: noon(),
        }
        .into()
    }

    #[tokio::test]
    async fn a_name_belongs_to_who_came_first() {
        let free = history::<LoginName>(vec![]);
        let free = free.when_async(asked(wants(1, None))).await;
        free.then_expect_events(vec![claimed(1)]);
        let again = history::<LoginName>(vec![claimed(1)]);
        let again = again.when_async(asked(wants(1, None))).await;
        again.then_expect_events(vec![]);
        let other = history::<LoginName>(vec![claimed(1)]);
        let other = other.when_async(asked(wants(2, None))).await;
        other.then_expect_error(UserError::NameTaken);
    }

    #[tokio::test]
    async fn a_claim_that_was_never_used_frees_itself_after_ten_minutes() {
        let soon = history::<LoginName>(vec![claimed(1)]);
        let soon = soon.when_async(asked_at(
            wants(2, Some(1)),
            noon() + UNUSED - TimeDelta::seconds(1),
        ));
        soon.await.then_expect_error(UserError::NameTaken);
        let later = noon() + UNUSED;
        let free = history::<LoginName>(vec![claimed(1)]);
        let free = free.when_async(asked_at(wants(2, Some(1)), later)).await;
        let taken = LoginNameClaimed {
            user_id: somebody(2),
            kind: NameKind::Email,
            at: later,
        };
        free.then_expect_events(vec![taken.into()]);
        let used = history::<LoginName>(vec![claimed(1)]);
        let used = used.when_async(asked_at(wants(2, None), later)).await;
        used.then_expect_error(UserError::NameTaken);
    }

    #[tokio::test]
    async fn only_its_holder_gives_a_name_back() {
        let release = |n| ReleaseLoginName {
            user_id: somebody(n),
        };
        let held = history::<LoginName>(vec![claimed(1)]);
        let held = held.when_async(asked(release(2))).await;
        held.then_expect_error(UserError::NotTheHolder);
        let own = history::<LoginName>(vec![claimed(1)]);
        let released = LoginNameReleased {
            user_id: somebody(1),
        };
        let own = own.when_async(asked(release(1))).await;
        own.then_expect_events(vec![released.into()]);
    }
}
