//! `request_sync`: everything is to be looked at now. While a look is under way another one is not
//! asked for, unless the observer seems to have died over it.

use chrono::{DateTime, TimeDelta, Utc};
use pantheon_events::infrastructure::{InfrastructureEvent as Event, InfrastructureSyncRequested};

use super::super::Infrastructure;

/// No look takes longer.
const LONGEST: TimeDelta = TimeDelta::seconds(60);

pub(in super::super) fn request_sync(place: &Infrastructure, now: DateTime<Utc>) -> Vec<Event> {
    let under_way = place.asked_at.is_some_and(|asked| now - asked < LONGEST);
    match under_way {
        true => Vec::new(),
        false => vec![InfrastructureSyncRequested { at: now }.into()],
    }
}

#[cfg(test)]
mod tests {
    use pantheon_events::infrastructure::{InfrastructureSynced, LOCAL, RequestSync};

    use super::super::super::InfrastructureError;
    use super::super::given::{asked, asked_of, history};
    use super::*;

    fn requested(seconds: i64) -> Event {
        let at = DateTime::UNIX_EPOCH - TimeDelta::seconds(seconds);
        InfrastructureSyncRequested { at }.into()
    }

    #[tokio::test]
    async fn one_look_is_asked_for_at_a_time() {
        let done = InfrastructureSynced {
            account: LOCAL.to_owned(),
            name: None,
            region: None,
            resources: 0,
            at: DateTime::UNIX_EPOCH,
        };
        for (before, expected) in [
            (vec![], vec![requested(0)]),
            (vec![requested(59)], vec![]),
            (vec![requested(60)], vec![requested(0)]),
            (vec![requested(59), done.into()], vec![requested(0)]),
        ] {
            history(before)
                .when_async(asked(RequestSync {}))
                .await
                .then_expect_events(expected);
        }
    }

    #[tokio::test]
    async fn it_is_asked_of_the_installation_only() {
        history(vec![])
            .when_async(asked_of("123456789012", RequestSync {}))
            .await
            .then_expect_error(InfrastructureError::OtherId);
    }
}
