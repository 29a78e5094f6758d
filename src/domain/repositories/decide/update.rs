//! `update_repository`: put aside, or taken up again.

use pantheon_events::repositories::{RepositoryActivated, RepositoryDeactivated, UpdateRepository};

use super::super::{Repository, Standing};
use super::{Decision, there};

pub(in super::super) fn update(repository: &Repository, command: &UpdateRepository) -> Decision {
    there(repository)?;
    let is_active = repository.standing == Standing::Active;
    let full_name = repository.full_name.clone();
    Ok(
        match command.is_active.filter(|wanted| *wanted != is_active) {
            Some(true) => vec![RepositoryActivated { full_name }.into()],
            Some(false) => vec![RepositoryDeactivated { full_name }.into()],
            None => Vec::new(),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::RepositoryError;
    use super::super::given::{activated, asked, deactivated, history, registered, removed};
    use super::*;

    fn to(is_active: Option<bool>) -> UpdateRepository {
        UpdateRepository { is_active }
    }

    #[tokio::test]
    async fn it_is_put_aside_and_taken_up_again_and_a_repeat_changes_nothing() {
        for (before, wanted, after) in [
            (vec![registered()], Some(false), vec![deactivated()]),
            (vec![registered()], Some(true), vec![]),
            (vec![registered()], None, vec![]),
            (
                vec![registered(), deactivated()],
                Some(true),
                vec![activated()],
            ),
            (vec![registered(), deactivated()], Some(false), vec![]),
        ] {
            history(before)
                .when_async(asked(to(wanted)))
                .await
                .then_expect_events(after);
        }
    }

    #[tokio::test]
    async fn what_was_let_go_is_not_there() {
        history(vec![registered(), removed()])
            .when_async(asked(to(Some(true))))
            .await
            .then_expect_error(RepositoryError::NotThere);
    }
}
