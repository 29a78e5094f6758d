//! What a deployment needs before it is decided: an environment that this installation has. One
//! rule for every door.

use async_trait::async_trait;
use pantheon_events::CommandContext;
use pantheon_events::deployments::EnvironmentCommand;

use crate::domain::RuleError;
use crate::domain::deployments::DeploymentError;
use crate::store::{DispatchError, Prepare};

/// The step before `request_deployment`.
pub(super) struct DeploymentSteps {
    /// The environments of `PANTHEON_ENVIRONMENTS`.
    pub environments: Vec<String>,
}

#[async_trait]
impl Prepare<EnvironmentCommand> for DeploymentSteps {
    fn concerns(&self, command: &EnvironmentCommand) -> bool {
        matches!(command, EnvironmentCommand::RequestDeployment(_))
    }

    async fn prepare(
        &self,
        _: &str,
        command: EnvironmentCommand,
        _: &CommandContext,
    ) -> Result<EnvironmentCommand, DispatchError> {
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
