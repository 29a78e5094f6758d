//! Asking for a version to be rolled out. One deployment of an environment is open at a time.

use pantheon_events::DeploymentId;
use pantheon_events::deployments::{
    DeploymentRequested, DeploymentType, EnvironmentEvent, RequestDeployment,
};

use super::super::{DeploymentError, Environment, environment_id};
use crate::domain::Asked;

/// What is rolled out when nothing is said.
pub(in super::super) const NEWEST: &str = "latest";
/// How long the same question is taken for a repeat.
const REPEAT_SECONDS: i64 = 60;

pub(in super::super) fn request(
    environment: &Environment,
    asked: &Asked<RequestDeployment>,
) -> Result<Vec<EnvironmentEvent>, DeploymentError> {
    let command = &asked.command;
    let own = environment_id(asked.by.tenant, &command.environment);
    if *asked.id != *own.to_string() {
        return Err(DeploymentError::OtherEnvironment(own));
    }
    if let Some(open) = &environment.open {
        let recent = (asked.at - open.requested_at).num_seconds() <= REPEAT_SECONDS;
        if recent && open.is(command, &asked.by.actor.id) {
            return Ok(Vec::new());
        }
        return Err(DeploymentError::InProgress);
    }
    Ok(vec![
        DeploymentRequested {
            deployment_id: DeploymentId::new(asked.by.command_id.created("deployment")),
            environment: command.environment.clone(),
            version: command.version.clone().unwrap_or_else(|| NEWEST.to_owned()),
            deployment_type: DeploymentType::Manual,
            commit_sha: command.commit_sha.clone(),
            pr_number: command.pr_number,
            requested_by: asked.by.actor.id.clone(),
            at: asked.at,
        }
        .into(),
    ])
}

#[cfg(test)]
mod tests {
    use pantheon_events::TenantId;

    use super::super::given::{asked, history, requested};
    use super::*;

    fn v1() -> RequestDeployment {
        RequestDeployment {
            environment: "staging".to_owned(),
            version: Some("v1".to_owned()),
            commit_sha: None,
            pr_number: None,
        }
    }

    #[tokio::test]
    async fn the_first_one_is_taken() {
        let events = history(vec![])
            .when_async(asked(v1()))
            .await
            .inspect_result();
        assert_eq!(events.map(|events| events.len()), Ok(1));
    }

    #[tokio::test]
    async fn the_same_question_again_is_the_same_deployment() {
        history(vec![requested()])
            .when_async(asked(v1()))
            .await
            .then_expect_events(vec![]);
    }

    #[tokio::test]
    async fn another_one_waits_for_the_open_one() {
        let other = RequestDeployment {
            version: Some("v2".to_owned()),
            ..v1()
        };
        history(vec![requested()])
            .when_async(asked(other))
            .await
            .then_expect_error(DeploymentError::InProgress);
    }

    #[tokio::test]
    async fn a_stream_serves_the_environment_it_is_named_after() {
        let other = RequestDeployment {
            environment: "production".to_owned(),
            ..v1()
        };
        let own = environment_id(TenantId::default_organization(), "production");
        history(vec![])
            .when_async(asked(other))
            .await
            .then_expect_error(DeploymentError::OtherEnvironment(own));
    }
}
