//! Taking the newest success back: the one before it is rolled out again.

use pantheon_events::DeploymentId;
use pantheon_events::deployments::{
    DeploymentRequested, DeploymentRolledBack, DeploymentType, EnvironmentEvent, RollbackDeployment,
};

use super::super::{DeploymentError, Environment};
use crate::domain::Asked;

pub(in super::super) fn roll_back(
    environment: &Environment,
    asked: &Asked<RollbackDeployment>,
) -> Result<Vec<EnvironmentEvent>, DeploymentError> {
    if environment.open.is_some() {
        return Err(DeploymentError::InProgress);
    }
    let [.., older, newest] = environment.successes.as_slice() else {
        return Err(DeploymentError::RollbackUnavailable);
    };
    if newest.id != asked.command.deployment_id {
        return Err(DeploymentError::RollbackUnavailable);
    }
    let replaced_by = DeploymentId::new(asked.by.command_id.created("deployment"));
    let back = DeploymentRolledBack {
        deployment_id: newest.id,
        replaced_by,
        reason: asked.command.reason.clone(),
    };
    let again = DeploymentRequested {
        deployment_id: replaced_by,
        environment: environment.name().to_owned(),
        version: older.version.clone(),
        deployment_type: DeploymentType::Rollback,
        commit_sha: older.commit_sha.clone(),
        pr_number: older.pr_number,
        requested_by: asked.by.actor.id.clone(),
        at: asked.at,
    };
    Ok(vec![back.into(), again.into()])
}

#[cfg(test)]
mod tests {
    use super::super::given::{asked, history, id, requested};
    use super::*;

    #[tokio::test]
    async fn without_an_older_success_there_is_nothing_to_go_back_to() {
        history(vec![])
            .when_async(asked(RollbackDeployment {
                deployment_id: id(),
                reason: None,
            }))
            .await
            .then_expect_error(DeploymentError::RollbackUnavailable);
    }

    #[tokio::test]
    async fn an_open_deployment_comes_first() {
        history(vec![requested()])
            .when_async(asked(RollbackDeployment {
                deployment_id: id(),
                reason: None,
            }))
            .await
            .then_expect_error(DeploymentError::InProgress);
    }
}
