//! `sync_issue` and `sync_pull_request`: what GitHub shows now. What is known already, and what is
//! older than what is known, changes nothing.

use pantheon_events::RepositoryId;
use pantheon_events::repositories::{
    IssueCommand, IssueEvent, IssueSynced, PullRequestSynced, SyncIssue, SyncPullRequest,
    read_issue_id, repository_id,
};

use super::super::{Issue, RepositoryError};
use crate::domain::Asked;

type Decision = Result<Vec<IssueEvent>, RepositoryError>;

pub(in super::super) fn sync_issue(
    known: &Issue,
    asked: &Asked<IssueCommand>,
    command: &SyncIssue,
) -> Decision {
    let (repository_id, number) = of(asked, &command.repository)?;
    let before = known.issue.as_ref();
    let news = before.is_none_or(|before| {
        *before != command.issue && before.updated_at <= command.issue.updated_at
    });
    let synced = || IssueSynced {
        repository_id,
        repository: command.repository.clone(),
        number,
        priority: command.issue.priority().map(str::to_owned),
        issue: command.issue.clone(),
    };
    Ok(news.then(|| synced().into()).into_iter().collect())
}

pub(in super::super) fn sync_pull_request(
    known: &Issue,
    asked: &Asked<IssueCommand>,
    command: &SyncPullRequest,
) -> Decision {
    let (repository_id, number) = of(asked, &command.repository)?;
    let before = known.pull_request.as_ref();
    let news = before.is_none_or(|before| {
        *before != command.pull_request && before.updated_at <= command.pull_request.updated_at
    });
    let synced = || PullRequestSynced {
        repository_id,
        repository: command.repository.clone(),
        number,
        pull_request: command.pull_request.clone(),
    };
    Ok(news.then(|| synced().into()).into_iter().collect())
}

/// The repository and the number, when the stream is that of this repository.
fn of(
    asked: &Asked<IssueCommand>,
    repository: &str,
) -> Result<(RepositoryId, i64), RepositoryError> {
    let named = read_issue_id(&asked.id).ok_or(RepositoryError::OtherId)?;
    match named.0 == repository_id(asked.by.tenant, repository) {
        true => Ok(named),
        false => Err(RepositoryError::OtherId),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::{DateTime, TimeDelta};
    use cqrs_es::test::TestFramework;
    use pantheon_events::repositories::{IssueFacts, IssueLabel, IssueState, issue_id};
    use pantheon_events::{Actor, CommandContext, TenantId};

    use super::*;

    const NAME: &str = "octo/cat";

    fn facts(title: &str, at: i64) -> IssueFacts {
        IssueFacts {
            title: title.to_owned(),
            state: IssueState::Open,
            html_url: "https://github.example/octo/cat/issues/7".to_owned(),
            body: None,
            author: "mona".to_owned(),
            comments: 0,
            labels: ["p2", "P1"].map(label).to_vec(),
            assignees: Vec::new(),
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH + TimeDelta::seconds(at),
            closed_at: None,
        }
    }

    fn label(name: &str) -> IssueLabel {
        IssueLabel {
            id: 1,
            name: name.to_owned(),
            color: "ff0000".to_owned(),
            description: None,
        }
    }

    fn asked(repository: &str, issue: IssueFacts) -> Asked<IssueCommand> {
        let tenant = TenantId::default_organization();
        Asked {
            command: SyncIssue {
                repository: repository.to_owned(),
                issue,
            }
            .into(),
            id: Arc::from(issue_id(repository_id(tenant, NAME), 7)),
            by: Arc::new(CommandContext::new(tenant, Actor::policy("test"), None)),
            at: DateTime::UNIX_EPOCH,
        }
    }

    fn synced(issue: IssueFacts) -> IssueEvent {
        IssueSynced {
            repository_id: repository_id(TenantId::default_organization(), NAME),
            repository: NAME.to_owned(),
            number: 7,
            issue,
            priority: Some("P1".to_owned()),
        }
        .into()
    }

    #[tokio::test]
    async fn only_what_is_new_is_recorded() {
        let first = facts("one", 10);
        for (before, now, after) in [
            (vec![], first.clone(), vec![synced(first.clone())]),
            (vec![synced(first.clone())], first.clone(), vec![]),
            (
                vec![synced(first.clone())],
                facts("two", 10),
                vec![synced(facts("two", 10))],
            ),
            (vec![synced(facts("two", 11))], first, vec![]),
        ] {
            TestFramework::<Issue>::with(())
                .given(before)
                .when_async(asked(NAME, now))
                .await
                .then_expect_events(after);
        }
    }

    #[tokio::test]
    async fn an_issue_is_recorded_in_the_stream_of_its_repository_only() {
        TestFramework::<Issue>::with(())
            .given(vec![])
            .when_async(asked("octo/dog", facts("one", 10)))
            .await
            .then_expect_error(RepositoryError::OtherId);
    }
}
