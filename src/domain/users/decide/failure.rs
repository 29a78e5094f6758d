//! Counting the sign-ins that failed in a row.

use pantheon_events::users::{
    FailureReason, LoginFailed, LoginFailuresCleared, LoginNameEvent, RecordLoginFailure,
};

use super::super::{FAILURES, LoginName};

pub(in super::super) fn fail(
    name: &LoginName,
    command: &RecordLoginFailure,
) -> Vec<LoginNameEvent> {
    let failures = match command.reason {
        // A right password is no guess.
        FailureReason::AccountLocked | FailureReason::AccountInactive => name.failures,
        // The one that locked the account was the last of its row.
        _ if name.failures >= FAILURES => 1,
        _ => name.failures + 1,
    };
    let failed = LoginFailed {
        reason: command.reason,
        user_id: command.user_id,
        failures,
        ip_address: command.ip_address.clone(),
        user_agent: command.user_agent.clone(),
    };
    vec![failed.into()]
}

pub(in super::super) fn clear(name: &LoginName) -> Vec<LoginNameEvent> {
    match name.failures {
        0 => vec![],
        _ => vec![LoginFailuresCleared {}.into()],
    }
}

#[cfg(test)]
mod tests {
    use pantheon_events::users::ClearLoginFailures;

    use super::super::given::{asked, history};
    use super::*;

    fn failed(failures: u32) -> LoginNameEvent {
        LoginFailed {
            reason: FailureReason::WrongPassword,
            user_id: None,
            failures,
            ip_address: None,
            user_agent: None,
        }
        .into()
    }

    fn failure() -> RecordLoginFailure {
        RecordLoginFailure {
            reason: FailureReason::WrongPassword,
            user_id: None,
            ip_address: None,
            user_agent: None,
        }
    }

    #[tokio::test]
    async fn failures_are_counted_until_the_row_is_full() {
        for (before, after) in [(0, 1), (3, 4), (4, 5), (5, 1)] {
            let events = (1..=before).map(failed).collect();
            let name = history::<LoginName>(events);
            let name = name.when_async(asked(failure())).await;
            name.then_expect_events(vec![failed(after)]);
        }
    }

    #[tokio::test]
    async fn a_success_starts_the_row_anew() {
        let name = history::<LoginName>(vec![failed(1), failed(2)]);
        let name = name.when_async(asked(ClearLoginFailures {})).await;
        name.then_expect_events(vec![LoginFailuresCleared {}.into()]);
        let clean = history::<LoginName>(vec![]);
        let clean = clean.when_async(asked(ClearLoginFailures {})).await;
        clean.then_expect_events(vec![]);
    }
}
