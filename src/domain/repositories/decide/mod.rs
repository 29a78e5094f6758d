//! One rule per file.

mod issue;
mod link;
mod register;
mod remove;
mod sync;
mod update;

pub(super) use issue::{sync_issue, sync_pull_request};
pub(super) use link::link;
pub(super) use register::register;
pub(super) use remove::remove;
pub(super) use sync::{record_sync, request_sync};
pub(super) use update::update;

use pantheon_events::repositories::RepositoryEvent;

use super::{Repository, RepositoryError};

type Decision = Result<Vec<RepositoryEvent>, RepositoryError>;

/// What was let go, or never taken up, is not there.
fn there(repository: &Repository) -> Result<(), RepositoryError> {
    match repository.is_there() {
        true => Ok(()),
        false => Err(RepositoryError::NotThere),
    }
}

#[cfg(test)]
pub(super) mod given {
    //! What the rules' tests start from.

    use std::sync::Arc;

    use cqrs_es::test::{AggregateTestExecutor, TestFramework};
    use pantheon_events::repositories::{
        LinkFailure, RepositoryActivated, RepositoryCommand, RepositoryDeactivated,
        RepositoryEvent, RepositoryLinkFailed, RepositoryLinked, RepositoryRegistered,
        RepositoryRemoved, RepositorySynced, repository_id,
    };
    use pantheon_events::{Actor, CommandContext, TenantId};

    use super::super::Repository;
    use crate::domain::Asked;

    pub const NAME: &str = "Octo/Cat";

    pub fn name() -> String {
        NAME.to_owned()
    }

    pub fn at(seconds: i64) -> chrono::DateTime<chrono::Utc> {
        chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(seconds)
    }

    pub fn asked(command: impl Into<RepositoryCommand>) -> Asked<RepositoryCommand> {
        let tenant = TenantId::default_organization();
        Asked {
            command: command.into(),
            id: Arc::from(repository_id(tenant, NAME).to_string()),
            by: Arc::new(CommandContext::new(tenant, Actor::human("ops"), None)),
            at: at(1_000),
        }
    }

    pub fn history(events: Vec<RepositoryEvent>) -> AggregateTestExecutor<Repository> {
        TestFramework::<Repository>::with(()).given(events)
    }

    pub fn registered() -> RepositoryEvent {
        RepositoryRegistered {
            owner: "Octo".to_owned(),
            name: "Cat".to_owned(),
            full_name: name(),
            registered_by: "ops".to_owned(),
        }
        .into()
    }

    pub fn activated() -> RepositoryEvent {
        RepositoryActivated { full_name: name() }.into()
    }

    pub fn deactivated() -> RepositoryEvent {
        RepositoryDeactivated { full_name: name() }.into()
    }

    pub fn removed() -> RepositoryEvent {
        RepositoryRemoved { full_name: name() }.into()
    }

    pub fn linked(number: i64) -> RepositoryEvent {
        RepositoryLinked {
            full_name: name(),
            github_repo_id: number,
            default_branch: Some("main".to_owned()),
        }
        .into()
    }

    pub fn link_failed(reason: LinkFailure) -> RepositoryEvent {
        RepositoryLinkFailed {
            full_name: name(),
            reason,
        }
        .into()
    }

    pub fn synced(issues: i64, whole: bool) -> RepositoryEvent {
        RepositorySynced {
            full_name: name(),
            issues,
            pulls: 0,
            through: None,
            whole,
            at: at(1_000),
        }
        .into()
    }
}
