//! The step before an execution is asked for: its repository is there, is the caller's, and is
//! worked on. The event names it, so that nobody has to look it up again.

use async_trait::async_trait;
use pantheon_events::agent_executions::{AgentExecutionCommand, RequestExecution};
use pantheon_events::{CommandContext, Refusal};

use crate::domain::repositories::{Repository, Standing};
use crate::store::{DispatchError, Dispatcher, Prepare};

pub(super) struct OfRepository {
    pub repositories: Dispatcher<Repository>,
}

#[async_trait]
impl Prepare<AgentExecutionCommand> for OfRepository {
    fn concerns(&self, command: &AgentExecutionCommand) -> bool {
        matches!(command, AgentExecutionCommand::RequestExecution(_))
    }

    async fn prepare(
        &self,
        _: &str,
        command: AgentExecutionCommand,
        by: &CommandContext,
    ) -> Result<AgentExecutionCommand, DispatchError> {
        let AgentExecutionCommand::RequestExecution(asked) = command else {
            return Ok(command);
        };
        let id = asked.repository_id.to_string();
        let found = self.repositories.load(&id).await?;
        let active = found.aggregate.standing == Standing::Active;
        if found.tenant != Some(by.tenant) || !active {
            return Err(DispatchError::refused(Refusal::not_found()));
        }
        let named = RequestExecution {
            repository: Some(found.aggregate.full_name),
            ..asked
        };
        Ok(named.into())
    }
}
