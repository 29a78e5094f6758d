//! `register_repository`: taken up once, however the name is spelt; taken up again after it was put
//! aside or let go.

use pantheon_events::repositories::{
    RegisterRepository, RepositoryActivated, RepositoryCommand, RepositoryRegistered,
    repository_id, split_name,
};

use super::super::{Repository, RepositoryError, Standing};
use super::Decision;
use crate::domain::Asked;

pub(in super::super) fn register(
    repository: &Repository,
    asked: &Asked<RepositoryCommand>,
    command: &RegisterRepository,
) -> Decision {
    let own = repository_id(asked.by.tenant, &command.full_name).to_string();
    let name = split_name(&command.full_name).filter(|_| *asked.id == *own);
    let (owner, name) = name.ok_or(RepositoryError::OtherId)?;
    Ok(match repository.standing {
        Standing::Active => Vec::new(),
        Standing::Inactive => vec![
            RepositoryActivated {
                full_name: repository.full_name.clone(),
            }
            .into(),
        ],
        Standing::Unknown | Standing::Removed => vec![
            RepositoryRegistered {
                owner: owner.to_owned(),
                name: name.to_owned(),
                full_name: command.full_name.clone(),
                registered_by: asked.by.actor.id.clone(),
            }
            .into(),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::super::given::{NAME, activated, asked, deactivated, history, registered, removed};
    use super::*;

    fn command(full_name: &str) -> RegisterRepository {
        RegisterRepository {
            full_name: full_name.to_owned(),
        }
    }

    #[tokio::test]
    async fn a_repository_is_taken_up_once_however_it_is_spelt() {
        let all = history(vec![]).when_async(asked(command(NAME))).await;
        all.then_expect_events(vec![registered()]);
        for again in [NAME, "octo/cat"] {
            let known = history(vec![registered()]);
            let none = known.when_async(asked(command(again))).await;
            none.then_expect_events(vec![]);
        }
    }

    #[tokio::test]
    async fn what_was_put_aside_or_let_go_is_taken_up_again() {
        history(vec![registered(), deactivated()])
            .when_async(asked(command(NAME)))
            .await
            .then_expect_events(vec![activated()]);
        history(vec![registered(), removed()])
            .when_async(asked(command(NAME)))
            .await
            .then_expect_events(vec![registered()]);
    }

    #[tokio::test]
    async fn a_stream_serves_the_name_it_belongs_to() {
        history(vec![])
            .when_async(asked(command("octo/dog")))
            .await
            .then_expect_error(RepositoryError::OtherId);
    }
}
