//! Putting another password in force.

use pantheon_events::users::{
    ChangePassword, RehashPassword, UserEvent, UserPasswordChanged, UserPasswordRehashed,
};

use super::super::{User, UserError};

pub(in super::super) fn change_password(
    user: &User,
    command: &ChangePassword,
) -> Result<Vec<UserEvent>, UserError> {
    // The password that was checked must still be the one in force.
    if command.replaces.is_some() && command.replaces != user.credential_id {
        return Err(UserError::WrongPassword);
    }
    let changed = UserPasswordChanged {
        credential_id: command.credential_id,
        keep_session: command.keep_session,
    };
    Ok(vec![changed.into()])
}

pub(in super::super) fn rehash_password(
    user: &User,
    command: &RehashPassword,
) -> Result<Vec<UserEvent>, UserError> {
    // It was changed meanwhile: that one has a hash of today.
    if user.credential_id != Some(command.replaces) {
        return Err(UserError::WrongPassword);
    }
    let kept = UserPasswordRehashed {
        credential_id: command.credential_id,
    };
    Ok(vec![kept.into()])
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::given::{ada, asked, history};
    use super::*;

    #[tokio::test]
    async fn another_hash_replaces_only_that_of_the_same_password() {
        let rehash = |replaces: u128| RehashPassword {
            credential_id: Uuid::from_u128(8),
            replaces: Uuid::from_u128(replaces),
        };
        let kept = UserPasswordRehashed {
            credential_id: Uuid::from_u128(8),
        };
        let same = history::<User>(ada()).when_async(asked(rehash(7))).await;
        same.then_expect_events(vec![kept.into()]);
        let other = history::<User>(ada()).when_async(asked(rehash(6))).await;
        other.then_expect_error(UserError::WrongPassword);
    }

    #[tokio::test]
    async fn of_two_changes_at_once_the_second_is_refused() {
        let change = |replaces: u128| ChangePassword {
            credential_id: Uuid::from_u128(8),
            replaces: Some(Uuid::from_u128(replaces)),
            keep_session: None,
        };
        let changed = UserPasswordChanged {
            credential_id: Uuid::from_u128(8),
            keep_session: None,
        };
        let first = history::<User>(ada()).when_async(asked(change(7))).await;
        first.then_expect_events(vec![changed.into()]);
        let second = history::<User>(ada()).when_async(asked(change(6))).await;
        second.then_expect_error(UserError::WrongPassword);
    }
}
