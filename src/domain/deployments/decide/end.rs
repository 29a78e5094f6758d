//! The ends of a deployment, and its log.

use chrono::{DateTime, Utc};
use pantheon_events::deployments::{
    AppendDeploymentLog, CancelDeployment, CompleteDeployment, DeploymentCancelled,
    DeploymentCompleted, DeploymentFailed, DeploymentLogAppended, EnvironmentEvent, FailDeployment,
    HealthCheck, StageName,
};

use super::super::{DeploymentError, Environment};
use super::{open, running};

pub(in super::super) fn complete(
    environment: &Environment,
    command: &CompleteDeployment,
    at: DateTime<Utc>,
) -> Result<Vec<EnvironmentEvent>, DeploymentError> {
    let deployment = running(environment, command.deployment_id, "complete")?;
    if deployment.done < StageName::ALL.len() {
        return Err(DeploymentError::InvalidTransition {
            is: "not through all stages",
            wanted: "complete",
        });
    }
    let started = deployment.started_at.unwrap_or(at);
    Ok(vec![
        DeploymentCompleted {
            deployment_id: deployment.id,
            environment: deployment.environment.clone(),
            version: deployment.version.clone(),
            health_check_status: command.health_check_status.unwrap_or(HealthCheck::Unknown),
            duration_seconds: (at - started).num_seconds().max(0),
            at,
        }
        .into(),
    ])
}

pub(in super::super) fn fail(
    environment: &Environment,
    command: &FailDeployment,
    at: DateTime<Utc>,
) -> Result<Vec<EnvironmentEvent>, DeploymentError> {
    let deployment = open(environment, command.deployment_id)?;
    Ok(vec![
        DeploymentFailed {
            deployment_id: deployment.id,
            environment: deployment.environment.clone(),
            version: deployment.version.clone(),
            stage: deployment.stage,
            error: command.error.clone(),
            at,
        }
        .into(),
    ])
}

/// Cancelling what has just ended changes nothing, so that a repeat is answered like the first.
pub(in super::super) fn cancel(
    environment: &Environment,
    command: &CancelDeployment,
    at: DateTime<Utc>,
) -> Result<Vec<EnvironmentEvent>, DeploymentError> {
    if environment.open.is_none() && environment.last == Some(command.deployment_id) {
        return Ok(Vec::new());
    }
    let deployment = open(environment, command.deployment_id)?;
    Ok(vec![
        DeploymentCancelled {
            deployment_id: deployment.id,
            environment: deployment.environment.clone(),
            reason: command.reason.clone(),
            at,
        }
        .into(),
    ])
}

pub(in super::super) fn append_log(
    environment: &Environment,
    command: &AppendDeploymentLog,
) -> Result<Vec<EnvironmentEvent>, DeploymentError> {
    let deployment = open(environment, command.deployment_id)?;
    let entries = command.entries.clone();
    Ok(vec![
        DeploymentLogAppended {
            deployment_id: deployment.id,
            entries,
        }
        .into(),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::given::{asked, history, id, released, requested, started};
    use super::*;

    #[tokio::test]
    async fn a_deployment_completes_after_its_stages_only() {
        let command = CompleteDeployment {
            deployment_id: id(),
            health_check_status: None,
        };
        history(vec![requested(), released(), started()])
            .when_async(asked(command))
            .await
            .then_expect_error(DeploymentError::InvalidTransition {
                is: "not through all stages",
                wanted: "complete",
            });
    }

    #[tokio::test]
    async fn cancelling_again_changes_nothing() {
        let command = CancelDeployment {
            deployment_id: id(),
            reason: None,
        };
        let gone = DeploymentCancelled {
            deployment_id: id(),
            environment: "staging".to_owned(),
            reason: None,
            at: chrono::DateTime::UNIX_EPOCH,
        };
        history(vec![requested()])
            .when_async(asked(command.clone()))
            .await
            .then_expect_events(vec![gone.clone().into()]);
        history(vec![requested(), gone.into()])
            .when_async(asked(command))
            .await
            .then_expect_events(vec![]);
    }
}
