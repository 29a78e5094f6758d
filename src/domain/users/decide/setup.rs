//! Letting somebody in once, to set a password.

use chrono::{DateTime, Utc};
use pantheon_events::users::{StartSetup, UseSetup, UserEvent, UserSetupStarted, UserSetupUsed};

use super::super::{User, UserError};

pub(in super::super) fn start_setup(command: &StartSetup) -> Vec<UserEvent> {
    let started = UserSetupStarted {
        token_digest: command.token_digest.clone(),
        expires_at: command.expires_at,
    };
    vec![started.into()]
}

pub(in super::super) fn use_setup(
    user: &User,
    command: &UseSetup,
    now: DateTime<Utc>,
) -> Result<Vec<UserEvent>, UserError> {
    let used = user.setup.as_ref().is_none_or(|setup| setup.used);
    match !used && user.sets_up(&command.token_digest, now) {
        true => Ok(vec![UserSetupUsed {}.into()]),
        false => Err(UserError::WrongPassword),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use pantheon_events::sessions::TokenDigest;
    use pantheon_events::users::UserPasswordChanged;
    use uuid::Uuid;

    use super::super::given::{ada, asked, asked_at, history, noon};
    use super::*;

    fn digest(digit: char) -> TokenDigest {
        let text: String = std::iter::repeat_n(digit, 64).collect();
        text.parse().expect("a digest")
    }

    fn started() -> UserSetupStarted {
        UserSetupStarted {
            token_digest: digest('a'),
            expires_at: noon() + TimeDelta::hours(24),
        }
    }

    fn show(digit: char) -> UseSetup {
        UseSetup {
            token_digest: digest(digit),
        }
    }

    fn after(more: Vec<UserEvent>) -> Vec<UserEvent> {
        let mut events = ada();
        events.push(started().into());
        events.extend(more);
        events
    }

    #[tokio::test]
    async fn the_token_lets_in_once() {
        let used: UserEvent = UserSetupUsed {}.into();
        let first = history::<User>(after(vec![]));
        let first = first.when_async(asked(show('a'))).await;
        first.then_expect_events(vec![used.clone()]);
        let again = history::<User>(after(vec![used]));
        let again = again.when_async(asked(show('a'))).await;
        again.then_expect_error(UserError::WrongPassword);
    }

    #[tokio::test]
    async fn another_token_a_late_one_and_one_that_did_its_work_let_nobody_in() {
        let other = history::<User>(after(vec![]));
        let other = other.when_async(asked(show('b'))).await;
        other.then_expect_error(UserError::WrongPassword);
        let late = history::<User>(after(vec![]));
        let tomorrow = noon() + TimeDelta::hours(24);
        let late = late.when_async(asked_at(show('a'), tomorrow)).await;
        late.then_expect_error(UserError::WrongPassword);
        let changed = UserPasswordChanged {
            credential_id: Uuid::from_u128(8),
            keep_session: None,
        };
        let done = history::<User>(after(vec![changed.into()]));
        let done = done.when_async(asked(show('a'))).await;
        done.then_expect_error(UserError::WrongPassword);
    }
}
