//! Putting another password in force.

use pantheon_events::users::{ChangePassword, UserEvent, UserPasswordChanged};

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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::given::{ada, asked, history};
    use super::*;

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
