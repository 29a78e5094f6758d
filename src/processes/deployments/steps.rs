//! What a deployment needs before it is decided: an environment that this installation has, and an
//! organisation that reaches it. One rule for every door.

use async_trait::async_trait;
use pantheon_events::deployments::EnvironmentCommand;
use pantheon_events::{ActorKind, CommandContext};

use crate::domain::RuleError;
use crate::domain::deployments::DeploymentError;
use crate::domain::organizations::Organization;
use crate::processes::entitlements;
use crate::store::{DispatchError, Dispatcher, Prepare};

/// The step before whatever people ask for, and before a deployment starts: one that was asked for before
/// the feature was turned off does not.
pub(super) struct DeploymentSteps {
    /// The environments of `PANTHEON_ENVIRONMENTS`.
    pub environments: Vec<String>,
    pub organizations: Dispatcher<Organization>,
}

#[async_trait]
impl Prepare<EnvironmentCommand> for DeploymentSteps {
    fn concerns(&self, command: &EnvironmentCommand) -> bool {
        matches!(
            command,
            EnvironmentCommand::RequestDeployment(_)
                | EnvironmentCommand::RollbackDeployment(_)
                | EnvironmentCommand::CancelDeployment(_)
                | EnvironmentCommand::StartDeployment(_)
        )
    }

    async fn prepare(
        &self,
        _: &str,
        command: EnvironmentCommand,
        by: &CommandContext,
    ) -> Result<EnvironmentCommand, DispatchError> {
        // Pantheon itself gives up what nobody decides or carries out.
        if matches!(by.actor.kind, ActorKind::Policy | ActorKind::System) {
            return Ok(command);
        }
        let (_, features) = entitlements::of(&self.organizations, by.tenant).await?;
        if !features.deployments {
            return Err(entitlements::feature_disabled("deployments"));
        }
        match &command {
            EnvironmentCommand::RequestDeployment(asked)
                if !self.environments.contains(&asked.environment) =>
            {
                let known = self.environments.join(", ");
                let refusal = DeploymentError::UnknownEnvironment(known).refusal();
                Err(DispatchError::refused(refusal))
            }
            _ => Ok(command),
        }
    }
}
