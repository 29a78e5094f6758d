//! Whether an account is let in.

use chrono::{DateTime, Utc};
use pantheon_events::users::{
    LockUser, UserActivated, UserDeactivated, UserEvent, UserLocked, UserUnlocked,
};

use super::super::User;

pub(in super::super) fn activate(user: &User) -> Vec<UserEvent> {
    match user.inactive {
        true => vec![UserActivated {}.into()],
        false => vec![],
    }
}

pub(in super::super) fn deactivate(user: &User) -> Vec<UserEvent> {
    match user.inactive {
        true => vec![],
        false => vec![UserDeactivated {}.into()],
    }
}

pub(in super::super) fn lock(
    user: &User,
    command: &LockUser,
    now: DateTime<Utc>,
) -> Vec<UserEvent> {
    let already = user
        .locked_until
        .is_some_and(|until| until >= command.until);
    if already || command.until <= now {
        return vec![];
    }
    vec![
        UserLocked {
            until: command.until,
        }
        .into(),
    ]
}

pub(in super::super) fn unlock(user: &User, now: DateTime<Utc>) -> Vec<UserEvent> {
    match user.is_locked(now) {
        true => vec![UserUnlocked {}.into()],
        false => vec![],
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use pantheon_events::users::{ActivateUser, DeactivateUser, UnlockUser};

    use super::super::given::{ada, asked, asked_at, history, noon};
    use super::*;

    fn with(event: UserEvent) -> Vec<UserEvent> {
        let mut events = ada();
        events.push(event);
        events
    }

    #[tokio::test]
    async fn shutting_out_twice_is_once() {
        let shut = history::<User>(ada());
        let shut = shut.when_async(asked(DeactivateUser {})).await;
        shut.then_expect_events(vec![UserDeactivated {}.into()]);
        let again = history::<User>(with(UserDeactivated {}.into()));
        let again = again.when_async(asked(DeactivateUser {})).await;
        again.then_expect_events(vec![]);
        let back = history::<User>(with(UserDeactivated {}.into()));
        let back = back.when_async(asked(ActivateUser {})).await;
        back.then_expect_events(vec![UserActivated {}.into()]);
    }

    #[tokio::test]
    async fn a_lock_ends_by_itself_or_by_an_admin() {
        let until = noon() + TimeDelta::minutes(15);
        let locked: UserEvent = UserLocked { until }.into();
        let lock = history::<User>(ada());
        let lock = lock.when_async(asked(LockUser { until })).await;
        lock.then_expect_events(vec![locked.clone()]);
        let early = history::<User>(with(locked.clone()));
        let early = early.when_async(asked(UnlockUser {})).await;
        early.then_expect_events(vec![UserUnlocked {}.into()]);
        let over = history::<User>(with(locked));
        let over = over.when_async(asked_at(UnlockUser {}, until)).await;
        over.then_expect_events(vec![]);
    }
}
