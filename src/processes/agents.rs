//! What goes before the commands of agents: a place in the plan before one is enrolled, and the logs
//! of executions before its own.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::CommandContext;
use pantheon_events::agents::AgentCommand;

use super::agent_executions::ExecutionLines;
use super::entitlements::Places;
use crate::app::App;
use crate::store::{Committed, DispatchError, Hold, Prepare};

/// Agents remembered as committed.
const REMEMBERED: u64 = 10_000;

/// Sets the steps.
pub fn prepare(app: &App) {
    app.commands.agents.prepare_with(Arc::new(AgentSteps {
        places: Places::new(app),
        lines: ExecutionLines {
            executions: app.commands.agent_executions.clone(),
            agents: Committed::new(app.log.pool().clone(), REMEMBERED),
        },
    }));
}

struct AgentSteps {
    places: Places,
    lines: ExecutionLines,
}

#[async_trait]
impl Prepare<AgentCommand> for AgentSteps {
    fn concerns(&self, command: &AgentCommand) -> bool {
        match command {
            AgentCommand::EnrollAgent(_) => true,
            AgentCommand::AppendLog(append) => ExecutionLines::concerns(append),
            _ => false,
        }
    }

    async fn hold(
        &self,
        command: &AgentCommand,
        by: &CommandContext,
    ) -> Result<Option<Hold>, DispatchError> {
        match command {
            AgentCommand::EnrollAgent(_) => self.places.turn(by).await,
            _ => Ok(None),
        }
    }

    async fn prepare(
        &self,
        id: &str,
        command: AgentCommand,
        by: &CommandContext,
    ) -> Result<AgentCommand, DispatchError> {
        match command {
            AgentCommand::AppendLog(append) => Ok(self.lines.sort(id, append, by).await?.into()),
            AgentCommand::EnrollAgent(_) => {
                self.places.has_room(id, by).await?;
                Ok(command)
            }
            other => Ok(other),
        }
    }
}
