//! `link_repository`: what GitHub says of it. The same answer again says nothing new.

use pantheon_events::repositories::{LinkRepository, RepositoryLinkFailed, RepositoryLinked};

use super::super::{Repository, RepositoryError};
use super::{Decision, there};

pub(in super::super) fn link(repository: &Repository, command: &LinkRepository) -> Decision {
    there(repository)?;
    let full_name = repository.full_name.clone();
    match (command.github_repo_id, command.failure) {
        (Some(number), None) => {
            let link = (number, command.default_branch.clone());
            if repository.link.as_ref() == Some(&link) && repository.unlinked.is_none() {
                return Ok(Vec::new());
            }
            let (github_repo_id, default_branch) = link;
            let linked = RepositoryLinked {
                full_name,
                github_repo_id,
                default_branch,
            };
            Ok(vec![linked.into()])
        }
        (None, Some(reason)) if repository.unlinked == Some(reason) && !repository.awaited => {
            Ok(Vec::new())
        }
        (None, Some(reason)) => Ok(vec![RepositoryLinkFailed { full_name, reason }.into()]),
        _ => Err(RepositoryError::NothingSaid),
    }
}

#[cfg(test)]
mod tests {
    use pantheon_events::repositories::LinkFailure;

    use super::super::given::{asked, history, link_failed, linked, registered, removed};
    use super::*;

    fn found(number: i64) -> LinkRepository {
        LinkRepository {
            github_repo_id: Some(number),
            default_branch: Some("main".to_owned()),
            failure: None,
        }
    }

    fn lost(reason: LinkFailure) -> LinkRepository {
        LinkRepository {
            failure: Some(reason),
            ..LinkRepository::default()
        }
    }

    #[tokio::test]
    async fn what_github_says_is_recorded_when_it_is_news() {
        let (gone, away) = (LinkFailure::NotFound, LinkFailure::Unreachable);
        for (before, command, after) in [
            (vec![registered()], found(7), vec![linked(7)]),
            (vec![registered(), linked(7)], found(7), vec![]),
            (vec![registered(), linked(7)], found(8), vec![linked(8)]),
            (vec![registered()], lost(gone), vec![link_failed(gone)]),
            (vec![registered(), link_failed(gone)], lost(gone), vec![]),
            (
                vec![registered(), link_failed(gone)],
                lost(away),
                vec![link_failed(away)],
            ),
            (
                vec![registered(), linked(7), link_failed(away)],
                found(7),
                vec![linked(7)],
            ),
        ] {
            history(before)
                .when_async(asked(command))
                .await
                .then_expect_events(after);
        }
    }

    #[tokio::test]
    async fn an_answer_names_a_number_or_a_reason() {
        let both = LinkRepository {
            failure: Some(LinkFailure::NotFound),
            ..found(7)
        };
        for command in [LinkRepository::default(), both] {
            history(vec![registered()])
                .when_async(asked(command))
                .await
                .then_expect_error(RepositoryError::NothingSaid);
        }
        history(vec![registered(), removed()])
            .when_async(asked(found(7)))
            .await
            .then_expect_error(RepositoryError::NotThere);
    }
}
