//! Process `plan_tasks`: a plan's tasks are made, and what they do is said of the plan.
//!
//! Shape: a plan is answered by creating its tasks, those that wait after those they wait for; a
//! task's first start, its end or its loss by a word to its plan; a plan that is given up by
//! cancelling what is open.
//! Ordering: events in log order, so that all tasks of a plan are there before any of them is heard
//! of.
//! Delivery: at least once; the ids of commands are derived from the event and the task, so that each
//! task and each edge is made exactly once, also over a crash in the middle.
//! On failure: the event is tried again. A task that is refused fails its plan.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt};
use pantheon_events::plans::{
    CompletePlan, FailPlan, PlanCommand, PlanCreated, PlanEvent, PlanTask, StartPlan,
};
use pantheon_events::tasks::{CancelTask, CreateTask, TaskEvent};
use pantheon_events::{
    Actor, CommandContext, DomainCommand, DomainEvent, PlanId, RecordedEvent, Refusal, TaskId,
};
use pantheon_projections::{QueryError, tasks};

use super::{Process, ProcessError, refused, settle};
use crate::app::App;
use crate::domain::plans::Plan;
use crate::domain::plans::analysis::Graph;
use crate::store::{Committed, DispatchError};

const NAME: &str = "plan_tasks";
const PATIENCE: Duration = Duration::from_secs(5);
/// Plans remembered as committed.
const REMEMBERED: u64 = 1_000;
/// Tasks that are made at a time.
const AT_ONCE: usize = 8;

/// Makes tasks and tells plans of them.
pub struct PlanTasks {
    app: App,
    plans: Committed<Plan>,
}

#[async_trait]
impl Process for PlanTasks {
    fn name(&self) -> &'static str {
        NAME
    }

    fn wants(&self, event: &RecordedEvent) -> bool {
        match event.event_type.as_str() {
            "plan_created" | "plan_cancelled" => true,
            "task_started" | "task_completed" | "task_failed" | "task_cancelled"
            | "task_deleted" => event.payload.get().contains("\"plan_id\""),
            _ => false,
        }
    }

    async fn react(&self, event: &RecordedEvent) -> Result<(), ProcessError> {
        if event.aggregate_type == TaskEvent::AGGREGATE {
            return self.told(event).await;
        }
        match read(event)? {
            PlanEvent::PlanCreated(plan) => self.make(event, &plan).await,
            PlanEvent::PlanCancelled(_) => self.give_up(event, "The plan was cancelled.").await,
            _ => Ok(()),
        }
    }
}

impl PlanTasks {
    /// The process of a node.
    #[must_use]
    pub fn new(app: &App) -> Self {
        Self {
            app: app.clone(),
            plans: Committed::new(app.log.pool().clone(), REMEMBERED),
        }
    }

    /// Level by level: what a task waits for is there before it.
    async fn make(&self, event: &RecordedEvent, plan: &PlanCreated) -> Result<(), ProcessError> {
        let named = |id: &String| plan.tasks.iter().find(|task| task.id == *id);
        for level in Graph::of_plan(&plan.tasks).analyse().levels {
            let mut waiting = Vec::with_capacity(level.len());
            for task in level.iter().filter_map(named) {
                waiting.push(self.make_one(event, plan, task));
            }
            let mut made = stream::iter(waiting).buffer_unordered(AT_ONCE);
            while let Some(no) = made.next().await {
                if let Some((task, refusal)) = no? {
                    let reason = format!("{} could not be made: {}", task.name, refusal.message);
                    self.fail(event, &event.aggregate_id, None, reason).await?;
                    return self.give_up(event, "The plan could not be made.").await;
                }
            }
        }
        Ok(())
    }

    /// Makes a task; why it cannot be made, if it cannot.
    async fn make_one<'t>(
        &self,
        event: &RecordedEvent,
        plan: &PlanCreated,
        task: &'t PlanTask,
    ) -> Result<Option<(&'t PlanTask, Refusal)>, ProcessError> {
        let own_id = |on: &String| plan.tasks.iter().find(|task| task.id == *on);
        let command = CreateTask {
            name: task.name.clone(),
            description: None,
            priority: task.priority,
            agent_type: task.agent_type.clone(),
            required_capability: None,
            task_type: task.task_type,
            repository_id: plan.repository_id,
            issue_number: plan.issue_number,
            execution_id: None,
            plan_id: Some(plan_id(event)?.as_uuid()),
            estimated_minutes: task.estimated_minutes,
            max_retries: None,
            timeout_seconds: None,
            depends_on: task
                .depends_on
                .iter()
                .filter_map(own_id)
                .map(|t| t.task_id)
                .collect(),
            metadata: None,
        };
        let by = CommandContext {
            actor: Actor {
                on_behalf_of: Some(plan.created_by.clone()),
                ..Actor::policy(NAME)
            },
            ..CommandContext::caused_by(event, NAME, &format!("create_task/{}", task.id))
        };
        let id = task.task_id.to_string();
        let made = self.app.commands.tasks.dispatch(&id, command, by).await;
        Ok(refused(made)?.map(|refusal| (task, refusal)))
    }

    async fn give_up(&self, event: &RecordedEvent, why: &str) -> Result<(), ProcessError> {
        let all = |plan: &crate::store::Loaded<Plan>| {
            let tasks = plan.aggregate.tasks.iter();
            tasks.map(|task| task.task_id).collect::<Vec<_>>()
        };
        let tasks = self.plans.look(&event.aggregate_id, all).await;
        for task in tasks.map_err(away)? {
            let command = CancelTask {
                reason: Some(why.to_owned()),
            };
            let by = CommandContext {
                // What has ended is refused, and stays as it is.
                record_refusals: false,
                ..CommandContext::caused_by(event, NAME, &format!("cancel_task/{task}"))
            };
            let tasks = &self.app.commands.tasks;
            settle(tasks.dispatch(&task.to_string(), command, by).await)?;
        }
        Ok(())
    }

    /// Something happened to a task that says that it belongs to a plan.
    async fn told(&self, event: &RecordedEvent) -> Result<(), ProcessError> {
        let own = event.metadata.actor == Actor::policy(NAME);
        match read(event)? {
            TaskEvent::TaskStarted(fact) => match self.plan_of(event, fact.plan_id).await? {
                Some(plan) => self.send(event, &plan, StartPlan {}.into()).await,
                None => Ok(()),
            },
            TaskEvent::TaskCompleted(fact) => match self.plan_of(event, fact.plan_id).await? {
                Some(plan) => self.check(event, &plan).await,
                None => Ok(()),
            },
            TaskEvent::TaskDeleted(fact) => match self.plan_of(event, fact.plan_id).await? {
                Some(plan) => self.check(event, &plan).await,
                None => Ok(()),
            },
            TaskEvent::TaskFailed(fact) if !fact.will_retry => {
                let reason = format!("{} failed: {}", fact.name, fact.error);
                self.lost(event, fact.plan_id, reason).await
            }
            TaskEvent::TaskCancelled(fact) if !own => {
                let reason = format!("{} was cancelled.", fact.name);
                self.lost(event, fact.plan_id, reason).await
            }
            _ => Ok(()),
        }
    }

    /// The plan that a task is really part of: tasks may be made with any plan's id.
    async fn plan_of(
        &self,
        event: &RecordedEvent,
        plan: Option<uuid::Uuid>,
    ) -> Result<Option<String>, ProcessError> {
        let (Some(plan), Ok(task)) = (plan, event.aggregate_id.parse::<TaskId>()) else {
            return Ok(None);
        };
        let plan = plan.to_string();
        let tenant = event.metadata.tenant;
        let has_it = self.plans.look(&plan, |plan| {
            let mut tasks = plan.aggregate.tasks.iter();
            plan.tenant == Some(tenant) && tasks.any(|planned| planned.task_id == task)
        });
        Ok(has_it.await.map_err(away)?.then_some(plan))
    }

    /// Whether that was the last one. All tasks were made before any of them was heard of, so the
    /// read model has them all once it has reached the log's end.
    async fn check(&self, event: &RecordedEvent, plan: &str) -> Result<(), ProcessError> {
        let head = self.app.log.database_head().await;
        let head = head.map_err(|error| ProcessError::Retry(error.to_string()))?;
        let reads = &self.app.reads;
        let reached = reads.wait_for(tasks::NAME, head, PATIENCE).await;
        reached.map_err(behind)?;
        let id = plan.parse().map_err(|_| odd(plan))?;
        let open = tasks::uncompleted(reads, event.metadata.tenant, id).await;
        match open.map_err(behind)? {
            0 => self.send(event, plan, CompletePlan {}.into()).await,
            _ => Ok(()),
        }
    }

    async fn lost(
        &self,
        event: &RecordedEvent,
        plan: Option<uuid::Uuid>,
        reason: String,
    ) -> Result<(), ProcessError> {
        match self.plan_of(event, plan).await? {
            Some(plan) => {
                let task = event.aggregate_id.parse().ok();
                self.fail(event, &plan, task, reason).await
            }
            None => Ok(()),
        }
    }

    async fn fail(
        &self,
        event: &RecordedEvent,
        plan: &str,
        task_id: Option<TaskId>,
        reason: String,
    ) -> Result<(), ProcessError> {
        let reason = reason.chars().take(2_000).collect();
        self.send(event, plan, FailPlan { task_id, reason }.into())
            .await
    }

    async fn send(
        &self,
        event: &RecordedEvent,
        plan: &str,
        command: PlanCommand,
    ) -> Result<(), ProcessError> {
        let by = CommandContext::caused_by(event, NAME, command.spec().name);
        settle(self.app.commands.plans.dispatch(plan, command, by).await)
    }
}

fn plan_id(event: &RecordedEvent) -> Result<PlanId, ProcessError> {
    let id = &event.aggregate_id;
    id.parse().map_err(|_| odd(id))
}

fn odd(id: &str) -> ProcessError {
    ProcessError::Halt(format!("{id} is no id of a plan"))
}

fn read<E: DomainEvent>(event: &RecordedEvent) -> Result<E, ProcessError> {
    E::decode(&event.event_type, &event.event_version, event.payload.get())
        .map_err(|error| ProcessError::Halt(error.to_string()))
}

fn away(error: DispatchError) -> ProcessError {
    ProcessError::Retry(error.to_string())
}

fn behind(error: QueryError) -> ProcessError {
    ProcessError::Retry(error.to_string())
}
