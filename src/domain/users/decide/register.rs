//! Making an account. That its names are its own was decided by their streams before.

use pantheon_events::users::{Origin, RegisterUser, UserEvent, UserRegistered};

use super::super::{User, UserError};

pub(in super::super) fn register(
    user: &User,
    command: &RegisterUser,
) -> Result<Vec<UserEvent>, UserError> {
    if user.exists() {
        return Err(UserError::AlreadyExists);
    }
    let registered = UserRegistered {
        origin: command.origin,
        email: command.email.clone(),
        username: command.username.clone(),
        full_name: command.full_name.clone(),
        avatar_url: command.avatar_url.clone(),
        credential_id: command.credential_id,
        github_id: command.github_id,
        role: command.role,
        // GitHub tells only addresses that it verified.
        email_verified: command.origin == Origin::Github,
    };
    Ok(vec![registered.into()])
}

#[cfg(test)]
mod tests {
    use pantheon_events::users::AccountRole;
    use uuid::Uuid;

    use super::super::given::{ada, asked, history, text};
    use super::*;

    #[tokio::test]
    async fn an_account_is_made_once() {
        let command = RegisterUser {
            origin: Origin::Own,
            email: text('a'),
            username: text('b'),
            full_name: None,
            avatar_url: None,
            credential_id: Some(Uuid::from_u128(7)),
            github_id: None,
            role: AccountRole::Viewer,
        };
        let new = history::<User>(vec![]);
        let new = new.when_async(asked(command.clone())).await;
        new.then_expect_events(ada());
        let again = history::<User>(ada()).when_async(asked(command)).await;
        again.then_expect_error(UserError::AlreadyExists);
    }
}
