//! `request_sync` and `record_sync`: reading its issues again. A reading that brings nothing new is
//! recorded only when somebody waits for it, or when the last record is old.

use chrono::{DateTime, TimeDelta, Utc};
use pantheon_events::repositories::{
    RecordSync, RepositorySyncFailed, RepositorySyncRequested, RepositorySynced,
};

use super::super::{Repository, Standing};
use super::{Decision, there};

/// So old a record is renewed although nothing changed.
const OLD: TimeDelta = TimeDelta::minutes(15);

pub(in super::super) fn request_sync(repository: &Repository) -> Decision {
    there(repository)?;
    // Whoever asks twice waits for the same.
    if repository.standing != Standing::Active || repository.awaited {
        return Ok(Vec::new());
    }
    let full_name = repository.full_name.clone();
    Ok(vec![RepositorySyncRequested { full_name }.into()])
}

pub(in super::super) fn record_sync(
    repository: &Repository,
    command: &RecordSync,
    at: DateTime<Utc>,
) -> Decision {
    there(repository)?;
    let full_name = repository.full_name.clone();
    if let Some(reason) = &command.error {
        let known = repository.sync_error.as_ref() == Some(reason) && !repository.awaited;
        let failed = RepositorySyncFailed {
            full_name,
            reason: reason.clone(),
        };
        return Ok(if known {
            Vec::new()
        } else {
            vec![failed.into()]
        });
    }
    let fresh = repository.synced_at.is_some_and(|last| at - last < OLD);
    let news = command.issues > 0
        || command.pulls > 0
        || command.whole != repository.whole
        || repository.awaited
        || repository.sync_error.is_some();
    if fresh && !news {
        return Ok(Vec::new());
    }
    let synced = RepositorySynced {
        full_name,
        issues: command.issues,
        pulls: command.pulls,
        through: command.through,
        whole: command.whole,
        at,
    };
    Ok(vec![synced.into()])
}

#[cfg(test)]
mod tests {
    use pantheon_events::repositories::{RepositoryEvent, RequestSync};

    use super::super::given::{asked, at, deactivated, history, name, registered, removed, synced};
    use super::*;
    use crate::domain::repositories::RepositoryError;

    fn read(issues: i64) -> RecordSync {
        RecordSync {
            issues,
            whole: true,
            ..RecordSync::default()
        }
    }

    fn failing() -> RecordSync {
        RecordSync {
            error: Some("GitHub did not answer".to_owned()),
            ..RecordSync::default()
        }
    }

    fn requested() -> RepositoryEvent {
        RepositorySyncRequested { full_name: name() }.into()
    }

    fn failed() -> RepositoryEvent {
        RepositorySyncFailed {
            full_name: name(),
            reason: "GitHub did not answer".to_owned(),
        }
        .into()
    }

    #[tokio::test]
    async fn a_reading_is_recorded_when_it_brings_news_or_somebody_waits() {
        let known = || vec![registered(), synced(2, true)];
        let with = |event| [known(), vec![event]].concat();
        for (before, command, after) in [
            (vec![registered()], read(0), vec![synced(0, true)]),
            (known(), read(0), vec![]),
            (known(), read(3), vec![synced(3, true)]),
            (with(requested()), read(0), vec![synced(0, true)]),
            (with(failed()), read(0), vec![synced(0, true)]),
            (known(), failing(), vec![failed()]),
            (with(failed()), failing(), vec![]),
        ] {
            history(before)
                .when_async(asked(command))
                .await
                .then_expect_events(after);
        }
    }

    #[tokio::test]
    async fn an_old_record_is_renewed() {
        let mut later = asked(read(0));
        later.at = at(1_000) + OLD;
        let RepositoryEvent::RepositorySynced(mut fresh) = synced(0, true) else {
            panic!("it is a reading");
        };
        fresh.at = later.at;
        history(vec![registered(), synced(2, true)])
            .when_async(later)
            .await
            .then_expect_events(vec![fresh.into()]);
    }

    #[tokio::test]
    async fn a_reading_is_asked_for_once_until_it_is_there() {
        for (before, after) in [
            (vec![registered()], vec![]),
            (vec![registered(), synced(0, true)], vec![requested()]),
            (vec![registered(), synced(0, true), requested()], vec![]),
            (vec![registered(), synced(0, true), deactivated()], vec![]),
        ] {
            history(before)
                .when_async(asked(RequestSync {}))
                .await
                .then_expect_events(after);
        }
        history(vec![registered(), removed()])
            .when_async(asked(RequestSync {}))
            .await
            .then_expect_error(RepositoryError::NotThere);
    }
}
