//! What a task's commands need of other streams: the edges of a new task, and whether the tasks it
//! waits for are far enough.

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, stream};
use pantheon_events::tasks::{
    AddDependencies, CreateTask, DependencyType, StartTask, TaskCommand, TaskStatus,
};
use pantheon_events::{ActorKind, AgentId, CommandContext, Refusal, TaskId};

use super::task_takers::{TaskTakers, check_agent, check_fit};
use super::turns::Turns;
use crate::domain::RuleError;
use crate::domain::tasks::{
    Edge, Task, TaskError, TaskGraph, holds_back_completion, holds_back_start,
};
use crate::store::{Committed, DispatchError, Dispatcher, Hold, Loaded, Prepare};

/// How many other tasks are looked at at a time.
const AT_ONCE: usize = 8;

/// The steps before the commands of tasks.
pub struct TaskSteps {
    /// The tenants' graphs, as committed.
    pub graph: Committed<TaskGraph>,
    /// Tasks, as committed.
    pub tasks: Committed<Task>,
    /// For the edges of new tasks.
    pub graphs: Dispatcher<TaskGraph>,
    /// Who may take a task.
    pub takers: TaskTakers,
    /// Whose turn it is to take one.
    pub turns: Turns,
}

type HoldsBack = fn(DependencyType, &Task) -> bool;

#[async_trait]
impl Prepare<TaskCommand> for TaskSteps {
    fn concerns(&self, command: &TaskCommand) -> bool {
        match command {
            TaskCommand::CreateTask(command) => !command.depends_on.is_empty(),
            TaskCommand::UpdateTask(command) => matches!(
                command.status,
                Some(TaskStatus::Running | TaskStatus::Completed)
            ),
            TaskCommand::AssignTask(_)
            | TaskCommand::StartTask(_)
            | TaskCommand::ClaimTask(_)
            | TaskCommand::CompleteTask(_) => true,
            _ => false,
        }
    }

    async fn prepare(
        &self,
        id: &str,
        command: TaskCommand,
        by: &CommandContext,
    ) -> Result<TaskCommand, DispatchError> {
        match &command {
            TaskCommand::CreateTask(create) => self.add_edges(id, create, by).await?,
            TaskCommand::CompleteTask(_) => self.may_complete(id, by).await?,
            TaskCommand::UpdateTask(update) if update.status == Some(TaskStatus::Completed) => {
                self.may_complete(id, by).await?;
            }
            TaskCommand::ClaimTask(_) | TaskCommand::StartTask(_) => {
                match (taker(&command, by), &command) {
                    (Some(agent), _) => self.may_take(id, &agent, by).await?,
                    (
                        None,
                        TaskCommand::StartTask(StartTask {
                            assigned_to: Some(holder),
                            ..
                        }),
                    ) => self.is_member(holder, by).await?,
                    _ => {}
                }
                self.may_start(id, by).await?;
            }
            TaskCommand::AssignTask(assign) => self.is_member(&assign.assigned_to, by).await?,
            _ => self.may_start(id, by).await?,
        }
        Ok(command)
    }

    async fn hold(
        &self,
        command: &TaskCommand,
        by: &CommandContext,
    ) -> Result<Option<Hold>, DispatchError> {
        let Some(taker) = taker(command, by) else {
            return Ok(None);
        };
        let turn = self.turns.take(format!("{}/{taker}", by.tenant)).await?;
        Ok(Some(Box::new(turn)))
    }
}

impl TaskSteps {
    /// The edges first, then the task: it is never seen without them.
    async fn add_edges(
        &self,
        id: &str,
        create: &CreateTask,
        by: &CommandContext,
    ) -> Result<(), DispatchError> {
        if self.tasks.look(id, |task| task.aggregate.exists).await? {
            return Ok(());
        }
        for other in &create.depends_on {
            let there = |task: &Loaded<Task>| is_there(task, by);
            if !self.tasks.look(&other.to_string(), there).await? {
                let message =
                    format!("there is no task {other} here; name tasks of this organisation");
                return Err(DispatchError::refused(Refusal::invalid(
                    "depends_on",
                    message,
                )));
            }
        }
        let edges = AddDependencies {
            task_id: task_id(id)?,
            depends_on: create.depends_on.clone(),
        };
        let tenant = by.tenant.to_string();
        self.graphs
            .dispatch(&tenant, edges, by.own_step("create_task"))
            .await?;
        Ok(())
    }

    /// Refuses a name that no agent of this organisation has.
    async fn is_member(&self, agent: &AgentId, by: &CommandContext) -> Result<(), DispatchError> {
        match self.takers.known(by.tenant, agent).await? {
            true => Ok(()),
            false => {
                let message =
                    format!("there is no agent {agent} here; GET /api/v1/agents lists them");
                Err(DispatchError::refused(Refusal::invalid(
                    "assigned_to",
                    message,
                )))
            }
        }
    }

    /// Refuses an agent that may not take the task, unless the task's own rules refuse it anyhow.
    async fn may_take(
        &self,
        id: &str,
        agent: &AgentId,
        by: &CommandContext,
    ) -> Result<(), DispatchError> {
        let open = |task: &Loaded<Task>| {
            let pending = is_there(task, by) && task.aggregate.status == TaskStatus::Pending;
            pending.then(|| task.aggregate.clone())
        };
        let Some(task) = self.tasks.look(id, open).await? else {
            return Ok(());
        };
        let row = self.takers.agent(by.tenant, agent).await?;
        check_agent(agent, &row)?;
        check_fit(agent, &row, &task)
    }

    async fn may_start(&self, id: &str, by: &CommandContext) -> Result<(), DispatchError> {
        self.check(id, by, TaskStatus::Pending, holds_back_start)
            .await
    }

    async fn may_complete(&self, id: &str, by: &CommandContext) -> Result<(), DispatchError> {
        self.check(id, by, TaskStatus::Running, holds_back_completion)
            .await
    }

    /// Refuses what other tasks hold back, unless the task's own rules refuse it anyhow.
    async fn check(
        &self,
        id: &str,
        by: &CommandContext,
        in_status: TaskStatus,
        holds_back: HoldsBack,
    ) -> Result<(), DispatchError> {
        let waits_for = self.waits_for(task_id(id)?, by, holds_back).await?;
        if waits_for.is_empty() {
            return Ok(());
        }
        let concerned =
            |task: &Loaded<Task>| is_there(task, by) && task.aggregate.status == in_status;
        match self.tasks.look(id, concerned).await? {
            true => Err(refused(TaskError::DependenciesIncomplete { waits_for })),
            false => Ok(()),
        }
    }

    async fn waits_for(
        &self,
        task: TaskId,
        by: &CommandContext,
        holds_back: HoldsBack,
    ) -> Result<Vec<TaskId>, DispatchError> {
        let tenant = by.tenant.to_string();
        let edges: Vec<Edge> = self
            .graph
            .look(&tenant, |graph| graph.aggregate.dependencies(task).to_vec())
            .await?;
        let waits = edges.into_iter().map(|edge| async move {
            let held = self
                .tasks
                .look(&edge.on.to_string(), |other| {
                    holds_back(edge.kind, &other.aggregate)
                })
                .await?;
            Ok::<_, DispatchError>(held.then_some(edge.on))
        });
        stream::iter(waits)
            .buffered(AT_ONCE)
            .try_filter_map(|held| async move { Ok(held) })
            .try_collect()
            .await
    }
}

/// The agent that takes the task for itself, if one does. Whom people start a task for, and that an
/// agent may hold more then, is their affair.
fn taker(command: &TaskCommand, by: &CommandContext) -> Option<AgentId> {
    match command {
        TaskCommand::ClaimTask(claim) => Some(claim.agent_id.clone()),
        TaskCommand::StartTask(_) if by.actor.kind == ActorKind::Agent => by.actor.id.parse().ok(),
        _ => None,
    }
}

/// Whether it is a task of the caller's tenant.
pub(super) fn is_there(task: &Loaded<Task>, by: &CommandContext) -> bool {
    task.tenant == Some(by.tenant) && task.aggregate.is_there()
}

pub(super) fn refused(error: TaskError) -> DispatchError {
    DispatchError::refused(error.refusal())
}

fn task_id(id: &str) -> Result<TaskId, DispatchError> {
    id.parse()
        .map_err(|_| DispatchError::refused(Refusal::not_found()))
}
