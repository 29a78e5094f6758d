//! `import_deployment`: a tag of the observed repository counts as rolled out, once.

use pantheon_events::DeploymentId;
use pantheon_events::deployments::{DeploymentImported, EnvironmentEvent, ImportDeployment};

use super::super::{DeploymentError, Environment, environment_id};
use crate::domain::Asked;

pub(in super::super) fn import(
    environment: &Environment,
    asked: &Asked<ImportDeployment>,
) -> Result<Vec<EnvironmentEvent>, DeploymentError> {
    let command = &asked.command;
    let own = environment_id(asked.by.tenant, &command.environment);
    if *asked.id != *own.to_string() {
        return Err(DeploymentError::OtherEnvironment(own));
    }
    let id = DeploymentId::of_key(&[&own.to_string(), "tag", &command.version]);
    // A tag that was imported long ago has its command's id to be known by.
    if environment.end_of(id).is_some() {
        return Ok(Vec::new());
    }
    let imported = DeploymentImported {
        deployment_id: id,
        environment: command.environment.clone(),
        version: command.version.clone(),
        commit_sha: command.commit_sha.clone(),
        at: command.tagged_at,
    };
    Ok(vec![imported.into()])
}

#[cfg(test)]
mod tests {
    use pantheon_events::TenantId;

    use super::super::given::{asked, history, requested, started};
    use super::*;

    fn v2() -> ImportDeployment {
        ImportDeployment {
            environment: "staging".to_owned(),
            version: "v2".to_owned(),
            commit_sha: "9fceb02".to_owned(),
            tagged_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    fn imported() -> EnvironmentEvent {
        let own = environment_id(TenantId::default_organization(), "staging").to_string();
        DeploymentImported {
            deployment_id: DeploymentId::of_key(&[&own, "tag", "v2"]),
            environment: "staging".to_owned(),
            version: "v2".to_owned(),
            commit_sha: "9fceb02".to_owned(),
            at: chrono::DateTime::UNIX_EPOCH,
        }
        .into()
    }

    #[tokio::test]
    async fn a_tag_is_one_deployment_whatever_else_is_under_way() {
        history(vec![requested(), started()])
            .when_async(asked(v2()))
            .await
            .then_expect_events(vec![imported()]);
        history(vec![imported()])
            .when_async(asked(v2()))
            .await
            .then_expect_events(vec![]);
    }

    #[test]
    fn the_open_deployment_stays_open_and_a_tag_is_nothing_to_go_back_to() {
        use cqrs_es::Aggregate;

        let mut environment = Environment::default();
        for event in [requested(), imported()] {
            environment.apply(event);
        }
        assert!(environment.open.is_some());
        assert!(environment.successes.is_empty());
    }
}
