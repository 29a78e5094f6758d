//! The ends of a deployment, and its log.

use chrono::{DateTime, Utc};
use pantheon_events::deployments::{
    AppendDeploymentLog, CancelDeployment, CompleteDeployment, DeploymentCancelled,
    DeploymentCompleted, DeploymentFailed, DeploymentLogAppended, EnvironmentEvent, FailDeployment,
    HealthCheck, StageName,
};

use super::super::{DeploymentError, End, Environment};
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
    // A failed stage has failed it already, which an agent that goes on to say so need not know.
    if environment.end_of(command.deployment_id) == Some(End::Failed) {
        return Ok(Vec::new());
    }
    let deployment = open(environment, command.deployment_id, "fail")?;
    Ok(vec![
        DeploymentFailed {
            deployment_id: deployment.id,
            environment: deployment.environment.clone(),
            version: deployment.version.clone(),
            stage: deployment.stage,
            approval_id: deployment.awaits(),
            error: command.error.clone(),
            at,
        }
        .into(),
    ])
}

/// Cancelling again changes nothing, so that a repeat is answered like the first.
pub(in super::super) fn cancel(
    environment: &Environment,
    command: &CancelDeployment,
    at: DateTime<Utc>,
) -> Result<Vec<EnvironmentEvent>, DeploymentError> {
    if environment.end_of(command.deployment_id) == Some(End::Cancelled) {
        return Ok(Vec::new());
    }
    let deployment = open(environment, command.deployment_id, "be cancelled")?;
    Ok(vec![
        DeploymentCancelled {
            deployment_id: deployment.id,
            environment: deployment.environment.clone(),
            approval_id: deployment.awaits(),
            reason: command.reason.clone(),
            at,
        }
        .into(),
    ])
}

pub(in super::super) fn append_log(
    environment: &Environment,
    command: &AppendDeploymentLog,
    at: DateTime<Utc>,
) -> Result<Vec<EnvironmentEvent>, DeploymentError> {
    // An agent's last lines come after the end.
    if environment.end_of(command.deployment_id).is_none() {
        open(environment, command.deployment_id, "log")?;
    }
    let entries = command.entries.clone();
    Ok(vec![
        DeploymentLogAppended {
            deployment_id: command.deployment_id,
            entries,
            at: Some(at),
        }
        .into(),
    ])
}

#[cfg(test)]
mod tests {
    use pantheon_events::ApprovalId;
    use pantheon_events::deployments::DeploymentApprovalAwaited;

    use super::super::given::{another, asked, history, id, released, requested, started};
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
            approval_id: None,
            reason: None,
            at: chrono::DateTime::UNIX_EPOCH,
        };
        history(vec![requested()])
            .when_async(asked(command.clone()))
            .await
            .then_expect_events(vec![gone.clone().into()]);
        history(vec![requested(), gone.into(), another()])
            .when_async(asked(command))
            .await
            .then_expect_events(vec![]);
    }

    #[tokio::test]
    async fn what_has_ended_otherwise_is_not_cancelled() {
        let command = FailDeployment {
            deployment_id: id(),
            error: "no space".to_owned(),
        };
        let failed = DeploymentFailed {
            deployment_id: id(),
            environment: "staging".to_owned(),
            version: "v1".to_owned(),
            stage: None,
            approval_id: None,
            error: "no space".to_owned(),
            at: chrono::DateTime::UNIX_EPOCH,
        };
        history(vec![requested(), released()])
            .when_async(asked(command))
            .await
            .then_expect_events(vec![failed.clone().into()]);
        let cancel = CancelDeployment {
            deployment_id: id(),
            reason: None,
        };
        history(vec![requested(), released(), failed.into()])
            .when_async(asked(cancel))
            .await
            .then_expect_error(DeploymentError::InvalidTransition {
                is: "failed",
                wanted: "be cancelled",
            });
    }

    #[tokio::test]
    async fn what_is_given_up_names_the_approval_that_it_was_waiting_for() {
        let approval_id = ApprovalId::of_key(&["one"]);
        let awaited = DeploymentApprovalAwaited {
            deployment_id: id(),
            approval_id,
        };
        let given_up = |waiting| {
            EnvironmentEvent::from(DeploymentCancelled {
                deployment_id: id(),
                environment: "staging".to_owned(),
                approval_id: waiting,
                reason: None,
                at: chrono::DateTime::UNIX_EPOCH,
            })
        };
        let cancel = CancelDeployment {
            deployment_id: id(),
            reason: None,
        };
        history(vec![requested(), awaited.clone().into()])
            .when_async(asked(cancel.clone()))
            .await
            .then_expect_events(vec![given_up(Some(approval_id))]);
        history(vec![requested(), awaited.into(), released()])
            .when_async(asked(cancel))
            .await
            .then_expect_events(vec![given_up(None)]);
    }
}
