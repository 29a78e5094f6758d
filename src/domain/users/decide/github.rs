//! Signing in with a GitHub account.

use pantheon_events::users::{GithubLinked, GithubUnlinked, LinkGithub, UserEvent};

use super::super::{User, UserError};

pub(in super::super) fn link_github(
    user: &User,
    command: &LinkGithub,
) -> Result<Vec<UserEvent>, UserError> {
    match user.github_id {
        Some(linked) if linked == command.github_id => Ok(vec![]),
        Some(_) => Err(UserError::AlreadyLinked),
        None => Ok(vec![
            GithubLinked {
                github_id: command.github_id,
            }
            .into(),
        ]),
    }
}

pub(in super::super) fn unlink_github(user: &User) -> Result<Vec<UserEvent>, UserError> {
    match (user.github_id, user.credential_id) {
        (None, _) => Ok(vec![]),
        (Some(_), None) => Err(UserError::LastCredential),
        (Some(github_id), Some(_)) => Ok(vec![GithubUnlinked { github_id }.into()]),
    }
}

#[cfg(test)]
mod tests {
    use pantheon_events::users::{UnlinkGithub, UserRegistered};

    use super::super::given::{ada, asked, history, registered};
    use super::*;

    #[tokio::test]
    async fn one_github_account_at_a_time() {
        let linked: UserEvent = GithubLinked { github_id: 4 }.into();
        let link = |github_id| LinkGithub { github_id };
        let first = history::<User>(ada()).when_async(asked(link(4))).await;
        first.then_expect_events(vec![linked.clone()]);
        let mut before = ada();
        before.push(linked);
        let other = history::<User>(before.clone());
        let other = other.when_async(asked(link(5))).await;
        other.then_expect_error(UserError::AlreadyLinked);
        let again = history::<User>(before).when_async(asked(link(4))).await;
        again.then_expect_events(vec![]);
    }

    #[tokio::test]
    async fn the_last_way_to_sign_in_stays() {
        let only_github = UserRegistered {
            credential_id: None,
            github_id: Some(4),
            ..registered()
        };
        let user = history::<User>(vec![only_github.into()]);
        let user = user.when_async(asked(UnlinkGithub {})).await;
        user.then_expect_error(UserError::LastCredential);
    }
}
