//! What a dependency needs of its two tasks: both are there, and the one that is to wait has not
//! started yet.

use async_trait::async_trait;
use pantheon_events::tasks::{AddDependency, TaskGraphCommand, TaskStatus};
use pantheon_events::{CommandContext, Refusal};

use super::task_steps::{is_there, refused};
use crate::domain::tasks::{Task, TaskError};
use crate::store::{Committed, DispatchError, Loaded, Prepare};

/// The steps before the commands of a tenant's graph.
pub struct TaskGraphSteps {
    /// Tasks, as committed.
    pub tasks: Committed<Task>,
}

#[async_trait]
impl Prepare<TaskGraphCommand> for TaskGraphSteps {
    fn concerns(&self, command: &TaskGraphCommand) -> bool {
        matches!(command, TaskGraphCommand::AddDependency(_))
    }

    async fn prepare(
        &self,
        _: &str,
        command: TaskGraphCommand,
        by: &CommandContext,
    ) -> Result<TaskGraphCommand, DispatchError> {
        if let TaskGraphCommand::AddDependency(add) = &command {
            self.check(add, by).await?;
        }
        Ok(command)
    }
}

impl TaskGraphSteps {
    async fn check(&self, add: &AddDependency, by: &CommandContext) -> Result<(), DispatchError> {
        let status = |task: &Loaded<Task>| is_there(task, by).then_some(task.aggregate.status);
        let waiting = self.tasks.look(&add.task_id.to_string(), status).await?;
        let other = self
            .tasks
            .look(&add.depends_on_task_id.to_string(), status)
            .await?;
        match (waiting, other) {
            (Some(TaskStatus::Pending), Some(_)) => Ok(()),
            (Some(from), Some(_)) => Err(refused(TaskError::InvalidTransition {
                from,
                wanted: "wait for another task",
                hint: "Only a pending task can be given dependencies.",
            })),
            _ => Err(DispatchError::refused(Refusal::not_found())),
        }
    }
}
