//! The state of one task, and how events change it.

use chrono::{DateTime, Utc};
use pantheon_events::tasks::{
    Object, Priority, TaskCancelled, TaskCommand, TaskCompleted, TaskCreated, TaskEvent,
    TaskFailed, TaskRetried, TaskStarted, TaskStatus, TaskType, TaskUpdated,
};
use pantheon_events::{ActorKind, AgentId, TaskId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{TaskError, decide};
use crate::aggregate;
use crate::domain::Asked;

/// One task. Made by `create_task`; a deleted one keeps its stream and answers "not found".
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Whether it was ever made.
    pub exists: bool,
    /// Whether it was removed.
    pub deleted: bool,
    /// Who made it.
    pub created_by: String,
    /// 1–255 characters.
    pub name: String,
    /// What is to be done.
    pub description: Option<String>,
    /// Where it stands.
    pub status: TaskStatus,
    /// How urgent it is.
    pub priority: Priority,
    /// The kind of agent it is for.
    pub agent_type: Option<String>,
    /// What its holder must be able to do.
    pub required_capability: Option<String>,
    /// The kind of work.
    pub task_type: Option<TaskType>,
    /// The repository it is about.
    pub repository_id: Option<Uuid>,
    /// The issue it is about.
    pub issue_number: Option<i64>,
    /// The execution it belongs to.
    pub execution_id: Option<Uuid>,
    /// The plan it belongs to.
    pub plan_id: Option<Uuid>,
    /// Minutes.
    pub estimated_minutes: Option<i32>,
    /// Failed attempts that are repeated.
    pub max_retries: i32,
    /// Seconds until an attempt is taken for lost; counts from the next start on.
    pub timeout_seconds: i32,
    /// Anything.
    pub metadata: Object,
    /// Who is to do it (pending), holds it (running) or did it.
    pub assigned_to: Option<AgentId>,
    /// 0–100.
    pub progress: i32,
    /// Failed attempts that were repeated.
    pub retry_count: i32,
    /// How often it was started.
    pub attempt: i32,
    /// The present status goes back to a retry by hand; its repeat changes nothing.
    pub retried: bool,
    /// When it may be claimed again after a failed attempt.
    pub ready_at: Option<DateTime<Utc>>,
    /// When the present attempt started.
    pub started_at: Option<DateTime<Utc>>,
    /// When the present attempt is taken for lost.
    pub deadline: Option<DateTime<Utc>>,
    /// What came out.
    pub result: Option<Object>,
    /// What the last failed attempt said.
    pub error_message: Option<String>,
}

aggregate!(Task: TaskCommand => TaskEvent, TaskError);

impl Task {
    fn valid_id(id: &str) -> bool {
        // One spelling only, or one task could have two streams.
        id.parse::<TaskId>()
            .is_ok_and(|task| task.to_string() == id)
    }

    fn decide(&self, asked: &Asked<TaskCommand>) -> Result<Vec<TaskEvent>, TaskError> {
        use TaskCommand as C;
        self.visible(asked)?;
        match &asked.command {
            C::CreateTask(command) => decide::create(self, &asked.with(command)),
            C::UpdateTask(command) => decide::update(self, &asked.with(command)),
            C::AssignTask(command) => decide::assign(self, command),
            C::UnassignTask(_) => decide::unassign(self),
            C::StartTask(command) => decide::start(self, &asked.with(command)),
            C::ClaimTask(command) => decide::claim(self, &asked.with(command)),
            C::ReportProgress(command) => decide::progress(self, &asked.with(command)),
            C::CompleteTask(command) => decide::complete(self, &asked.with(command)),
            C::FailTask(command) => decide::fail(self, &asked.with(command)),
            C::RetryTask(command) => decide::retry(self, command),
            C::CancelTask(command) => decide::cancel(self, &asked.with(command)),
            C::DeleteTask(_) => decide::delete(self),
        }
    }

    /// Whether there is such a task.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.exists && !self.deleted
    }

    /// A deleted task, and for some callers another's task, looks like none. What an agent may
    /// touch is a matter of who holds the task.
    fn visible(&self, asked: &Asked<TaskCommand>) -> Result<(), TaskError> {
        let only_own = asked.by.own_only && asked.by.actor.kind != ActorKind::Agent;
        let foreign = only_own && self.exists && self.created_by != asked.by.actor.id;
        let gone = self.deleted
            && !matches!(
                asked.command,
                TaskCommand::CreateTask(_) | TaskCommand::DeleteTask(_)
            );
        if foreign || gone {
            return Err(TaskError::NotFound);
        }
        Ok(())
    }

    pub(super) fn evolve(&mut self, event: TaskEvent) {
        match event {
            TaskEvent::TaskCreated(event) => self.created(event),
            TaskEvent::TaskUpdated(event) => self.updated(event),
            TaskEvent::TaskAssigned(event) => self.assigned_to = Some(event.assigned_to),
            TaskEvent::TaskUnassigned(_) => self.assigned_to = None,
            TaskEvent::TaskStarted(event) => self.started(event),
            TaskEvent::TaskProgressed(event) => self.progress = event.progress,
            TaskEvent::TaskCompleted(event) => self.completed(event),
            TaskEvent::TaskFailed(event) => self.failed(event),
            TaskEvent::TaskRetried(event) => self.requeued(&event),
            TaskEvent::TaskCancelled(event) => self.cancelled(&event),
            TaskEvent::TaskDeleted(_) => self.deleted = true,
        }
    }

    fn created(&mut self, event: TaskCreated) {
        *self = Self {
            exists: true,
            created_by: event.created_by,
            name: event.name,
            description: event.description,
            priority: event.priority,
            agent_type: event.agent_type,
            required_capability: event.required_capability,
            task_type: event.task_type,
            repository_id: event.repository_id,
            issue_number: event.issue_number,
            execution_id: event.execution_id,
            plan_id: event.plan_id,
            estimated_minutes: event.estimated_minutes,
            max_retries: event.max_retries,
            timeout_seconds: event.timeout_seconds,
            metadata: event.metadata,
            ..Self::default()
        };
    }

    fn updated(&mut self, event: TaskUpdated) {
        set(&mut self.name, event.name);
        set(&mut self.priority, event.priority);
        set(&mut self.metadata, event.metadata);
        set(&mut self.max_retries, event.max_retries);
        set(&mut self.timeout_seconds, event.timeout_seconds);
        set(&mut self.description, event.description);
        set(&mut self.estimated_minutes, event.estimated_minutes);
    }

    fn started(&mut self, event: TaskStarted) {
        self.status = TaskStatus::Running;
        self.assigned_to = event.assigned_to;
        self.started_at = Some(event.started_at);
        self.deadline = Some(event.deadline);
        self.attempt = event.attempt;
        self.ready_at = None;
        self.progress = 0;
        self.error_message = None;
    }

    fn completed(&mut self, event: TaskCompleted) {
        self.status = TaskStatus::Completed;
        self.result = event.result;
        self.progress = 100;
        self.deadline = None;
        self.retried = false;
    }

    fn failed(&mut self, event: TaskFailed) {
        self.status = TaskStatus::Failed;
        self.retry_count = event.retry_count;
        self.deadline = None;
        self.retried = false;
        if event.will_retry {
            self.back_to_pending();
            self.ready_at = event.ready_at;
        }
        self.error_message = Some(event.error);
    }

    fn requeued(&mut self, event: &TaskRetried) {
        self.back_to_pending();
        self.retry_count = event.retry_count;
        self.retried = true;
    }

    fn back_to_pending(&mut self) {
        self.status = TaskStatus::Pending;
        self.assigned_to = None;
        self.started_at = None;
        self.ready_at = None;
        self.progress = 0;
    }

    fn cancelled(&mut self, _: &TaskCancelled) {
        self.status = TaskStatus::Cancelled;
        self.deadline = None;
        self.ready_at = None;
        self.retried = false;
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}
