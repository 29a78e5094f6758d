//! From asked for to running.

use chrono::{DateTime, Utc};
use pantheon_events::deployments::{
    AwaitApproval, DeploymentApprovalAwaited, DeploymentReleased, DeploymentStarted,
    EnvironmentEvent, ReleaseDeployment, StartDeployment,
};

use super::super::{DeploymentError, Environment};
use super::open;

pub(in super::super) fn await_approval(
    environment: &Environment,
    command: &AwaitApproval,
) -> Result<Vec<EnvironmentEvent>, DeploymentError> {
    let deployment = open(environment, command.deployment_id, "wait for an approval")?;
    if deployment.approval_id.is_some() || deployment.released {
        return Ok(Vec::new());
    }
    let AwaitApproval {
        deployment_id,
        approval_id,
    } = command.clone();
    Ok(vec![
        DeploymentApprovalAwaited {
            deployment_id,
            approval_id,
        }
        .into(),
    ])
}

pub(in super::super) fn release(
    environment: &Environment,
    command: &ReleaseDeployment,
    at: DateTime<Utc>,
) -> Result<Vec<EnvironmentEvent>, DeploymentError> {
    let deployment = open(environment, command.deployment_id, "be released")?;
    if deployment.released {
        return Ok(Vec::new());
    }
    Ok(vec![
        DeploymentReleased {
            deployment_id: deployment.id,
            environment: deployment.environment.clone(),
            version: deployment.version.clone(),
            at: Some(at),
        }
        .into(),
    ])
}

pub(in super::super) fn start(
    environment: &Environment,
    command: &StartDeployment,
    at: DateTime<Utc>,
) -> Result<Vec<EnvironmentEvent>, DeploymentError> {
    let deployment = open(environment, command.deployment_id, "start")?;
    if deployment.started_at.is_some() {
        return Ok(Vec::new());
    }
    if !deployment.released {
        return Err(DeploymentError::InvalidTransition {
            is: "not released",
            wanted: "start",
        });
    }
    Ok(vec![
        DeploymentStarted {
            deployment_id: deployment.id,
            environment: deployment.environment.clone(),
            version: deployment.version.clone(),
            at,
        }
        .into(),
    ])
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pantheon_events::{Actor, CommandContext, TenantId};

    use super::super::given::{asked, history, id, released, requested, started};
    use super::*;

    #[tokio::test]
    async fn no_other_agent_carries_a_deployment_out() {
        let mut question = asked(StartDeployment {
            deployment_id: id(),
        });
        let by = |agent| {
            let tenant = TenantId::default_organization();
            Arc::new(CommandContext::new(tenant, Actor::agent(agent), None))
        };
        question.by = by("codegen");
        history(vec![requested(), released()])
            .when_async(question.clone())
            .await
            .then_expect_error(DeploymentError::NotTheDeployer);
        question.by = by("deployment");
        history(vec![requested(), released()])
            .when_async(question)
            .await
            .then_expect_events(vec![started()]);
    }

    #[tokio::test]
    async fn a_deployment_starts_once_it_may() {
        let command = StartDeployment {
            deployment_id: id(),
        };
        history(vec![requested(), released()])
            .when_async(asked(command.clone()))
            .await
            .then_expect_events(vec![started()]);
        history(vec![requested()])
            .when_async(asked(command))
            .await
            .then_expect_error(DeploymentError::InvalidTransition {
                is: "not released",
                wanted: "start",
            });
    }
}
