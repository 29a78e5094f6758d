//! The four stages, one after the other.

use chrono::{DateTime, Utc};
use pantheon_events::deployments::{
    CompleteStage, DeploymentFailed, DeploymentStageCompleted, DeploymentStageFailed,
    DeploymentStageProgressed, DeploymentStageStarted, EnvironmentEvent, FailStage, ReportStage,
    StageName, StartStage,
};

use super::super::{Deployment, DeploymentError, Environment};
use super::running;

/// Percent of a deployment that one stage is.
const SHARE: i32 = 25;

pub(in super::super) fn start_stage(
    environment: &Environment,
    command: &StartStage,
    at: DateTime<Utc>,
) -> Result<Vec<EnvironmentEvent>, DeploymentError> {
    let deployment = running(environment, command.deployment_id, "start a stage")?;
    if deployment.stage == Some(command.stage) {
        return Ok(Vec::new());
    }
    let next = StageName::ALL.get(deployment.done).copied();
    if deployment.stage.is_some() || next != Some(command.stage) {
        return Err(DeploymentError::StageOrder(command.stage.as_str()));
    }
    let (deployment_id, stage) = (deployment.id, command.stage);
    let overall = share(deployment.done);
    Ok(vec![
        DeploymentStageStarted {
            deployment_id,
            stage,
            overall,
            at,
        }
        .into(),
    ])
}

pub(in super::super) fn report_stage(
    environment: &Environment,
    command: &ReportStage,
    at: DateTime<Utc>,
) -> Result<Vec<EnvironmentEvent>, DeploymentError> {
    let deployment = at_stage(environment, command.deployment_id, command.stage)?;
    Ok(vec![
        DeploymentStageProgressed {
            deployment_id: deployment.id,
            stage: command.stage,
            progress: command.progress,
            overall: share(deployment.done) + command.progress * SHARE / 100,
            message: command.message.clone(),
            at: Some(at),
        }
        .into(),
    ])
}

pub(in super::super) fn complete_stage(
    environment: &Environment,
    command: &CompleteStage,
    at: DateTime<Utc>,
) -> Result<Vec<EnvironmentEvent>, DeploymentError> {
    let deployment = at_stage(environment, command.deployment_id, command.stage)?;
    let (deployment_id, stage) = (deployment.id, command.stage);
    let overall = share(deployment.done + 1);
    Ok(vec![
        DeploymentStageCompleted {
            deployment_id,
            stage,
            overall,
            at,
        }
        .into(),
    ])
}

/// A failed stage fails its deployment.
pub(in super::super) fn fail_stage(
    environment: &Environment,
    command: &FailStage,
    at: DateTime<Utc>,
) -> Result<Vec<EnvironmentEvent>, DeploymentError> {
    let deployment = at_stage(environment, command.deployment_id, command.stage)?;
    let (deployment_id, stage) = (deployment.id, command.stage);
    let error = command.error.clone();
    let failed = DeploymentFailed {
        deployment_id,
        environment: deployment.environment.clone(),
        version: deployment.version.clone(),
        stage: Some(stage),
        approval_id: None,
        error: error.clone(),
        at,
    };
    Ok(vec![
        DeploymentStageFailed {
            deployment_id,
            stage,
            error,
            at,
        }
        .into(),
        failed.into(),
    ])
}

fn at_stage(
    environment: &Environment,
    id: pantheon_events::DeploymentId,
    stage: StageName,
) -> Result<&Deployment, DeploymentError> {
    let deployment = running(environment, id, "report a stage")?;
    if deployment.stage != Some(stage) {
        return Err(DeploymentError::StageOrder(stage.as_str()));
    }
    Ok(deployment)
}

fn share(done: usize) -> i32 {
    i32::try_from(done).unwrap_or(4).min(4) * SHARE
}

#[cfg(test)]
mod tests {
    use super::super::given::{asked, history, id, released, requested, started};
    use super::*;

    fn begun(stage: StageName, overall: i32) -> EnvironmentEvent {
        let at = chrono::DateTime::UNIX_EPOCH;
        DeploymentStageStarted {
            deployment_id: id(),
            stage,
            overall,
            at,
        }
        .into()
    }

    #[tokio::test]
    async fn the_first_stage_is_build() {
        history(vec![requested(), released(), started()])
            .when_async(asked(StartStage {
                deployment_id: id(),
                stage: StageName::Build,
            }))
            .await
            .then_expect_events(vec![begun(StageName::Build, 0)]);
    }

    #[tokio::test]
    async fn a_stage_cannot_be_skipped() {
        history(vec![requested(), released(), started()])
            .when_async(asked(StartStage {
                deployment_id: id(),
                stage: StageName::Deploy,
            }))
            .await
            .then_expect_error(DeploymentError::StageOrder("deploy"));
    }

    #[tokio::test]
    async fn a_failed_stage_fails_the_deployment() {
        let command = FailStage {
            deployment_id: id(),
            stage: StageName::Build,
            error: "no space".to_owned(),
        };
        let events = history(vec![
            requested(),
            released(),
            started(),
            begun(StageName::Build, 0),
        ])
        .when_async(asked(command))
        .await
        .inspect_result();
        assert_eq!(events.map(|events| events.len()), Ok(2));
    }
}
