//! One rule per file.

mod end;
mod import;
mod request;
mod roll_back;
mod stages;
mod start;

use pantheon_events::DeploymentId;

use super::{Deployment, DeploymentError, Environment};

pub(super) use end::{append_log, cancel, complete, fail};
pub(super) use import::import;
pub(super) use request::{NEWEST, request};
pub(super) use roll_back::roll_back;
pub(super) use stages::{complete_stage, fail_stage, report_stage, start_stage};
pub(super) use start::{await_approval, release, start};

/// The open deployment with this id.
fn open<'e>(
    environment: &'e Environment,
    id: DeploymentId,
    wanted: &'static str,
) -> Result<&'e Deployment, DeploymentError> {
    let open = environment.open.as_ref().filter(|open| open.id == id);
    open.ok_or_else(|| match environment.end_of(id) {
        Some(end) => DeploymentError::InvalidTransition {
            is: end.as_str(),
            wanted,
        },
        None => DeploymentError::Unknown,
    })
}

/// The same while it runs.
fn running<'e>(
    environment: &'e Environment,
    id: DeploymentId,
    wanted: &'static str,
) -> Result<&'e Deployment, DeploymentError> {
    let open = open(environment, id, wanted)?;
    match open.started_at {
        Some(_) => Ok(open),
        None => Err(DeploymentError::InvalidTransition {
            is: open.status(),
            wanted,
        }),
    }
}

#[cfg(test)]
pub(super) mod given {
    //! What the rules' tests start from.

    use std::sync::Arc;

    use cqrs_es::test::{AggregateTestExecutor, TestFramework};
    use pantheon_events::deployments::{
        DeploymentReleased, DeploymentRequested, DeploymentStarted, DeploymentType,
        EnvironmentCommand, EnvironmentEvent,
    };
    use pantheon_events::{Actor, CommandContext, DeploymentId, TenantId};

    use super::super::{Environment, environment_id};
    use crate::domain::Asked;

    pub fn id() -> DeploymentId {
        DeploymentId::of_key(&["one"])
    }

    pub fn asked(command: impl Into<EnvironmentCommand>) -> Asked<EnvironmentCommand> {
        let tenant = TenantId::default_organization();
        Asked {
            command: command.into(),
            id: Arc::from(environment_id(tenant, "staging").to_string()),
            by: Arc::new(CommandContext::new(tenant, Actor::human("ops"), None)),
            at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    pub fn history(events: Vec<EnvironmentEvent>) -> AggregateTestExecutor<Environment> {
        TestFramework::<Environment>::with(()).given(events)
    }

    pub fn requested() -> EnvironmentEvent {
        DeploymentRequested {
            deployment_id: id(),
            environment: "staging".to_owned(),
            version: "v1".to_owned(),
            deployment_type: DeploymentType::Manual,
            commit_sha: None,
            pr_number: None,
            requested_by: "ops".to_owned(),
            at: chrono::DateTime::UNIX_EPOCH,
        }
        .into()
    }

    /// The next deployment of the same environment.
    pub fn another() -> EnvironmentEvent {
        let EnvironmentEvent::DeploymentRequested(first) = requested() else {
            unreachable!("a request is one");
        };
        DeploymentRequested {
            deployment_id: DeploymentId::of_key(&["two"]),
            ..first
        }
        .into()
    }

    pub fn released() -> EnvironmentEvent {
        DeploymentReleased {
            deployment_id: id(),
            environment: "staging".to_owned(),
            version: "v1".to_owned(),
            at: Some(chrono::DateTime::UNIX_EPOCH),
        }
        .into()
    }

    pub fn started() -> EnvironmentEvent {
        DeploymentStarted {
            deployment_id: id(),
            environment: "staging".to_owned(),
            version: "v1".to_owned(),
            at: chrono::DateTime::UNIX_EPOCH,
        }
        .into()
    }
}
