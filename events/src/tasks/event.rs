//! What happened to a task. Events carry what their readers need, so that a reader keeps no
//! state of its own: who held the task, its name, how long it took.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Object, Priority, TaskType};
use crate::json::given;
use crate::{AgentId, events};

/// A task was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskCreated {
    /// Its name, trimmed.
    pub name: String,
    /// What is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How urgent.
    pub priority: Priority,
    /// A catalogue id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_type: Option<String>,
    /// What the holder must be able to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_capability: Option<String>,
    /// The kind of work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_type: Option<TaskType>,
    /// The repository it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository_id: Option<Uuid>,
    /// The issue it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue_number: Option<i64>,
    /// The execution it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_id: Option<Uuid>,
    /// The plan it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<Uuid>,
    /// Minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_minutes: Option<i32>,
    /// Failed attempts that are repeated.
    pub max_retries: i32,
    /// Seconds until an attempt is taken for lost.
    pub timeout_seconds: i32,
    /// Anything.
    #[serde(default)]
    pub metadata: Object,
    /// Who made it: a user's id, else the actor's.
    pub created_by: String,
}

/// Something said about a task changed; only the changed fields are there, `null` where there is
/// nothing any more.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields of TaskCreated")]
pub struct TaskUpdated {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub description: Option<Option<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Object>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub estimated_minutes: Option<Option<i32>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_retries: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<i32>,
}

/// Somebody should do the task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskAssigned {
    /// The agent or worker.
    pub assigned_to: AgentId,
    /// The task's name.
    pub name: String,
}

/// Nobody in particular should do the task any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskUnassigned {
    /// Who was to do it.
    pub assigned_to: AgentId,
}

/// The task is being worked on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskStarted {
    /// The holder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<AgentId>,
    /// The task's name.
    pub name: String,
    /// Its priority.
    pub priority: Priority,
    /// When, by the node's clock.
    pub started_at: DateTime<Utc>,
    /// Which attempt, from 1.
    pub attempt: i32,
    /// When the attempt is taken for lost.
    pub deadline: DateTime<Utc>,
    /// The plan it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<Uuid>,
}

/// The holder says how far it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskProgressed {
    /// 0–100.
    pub progress: i32,
    /// What is being done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The holder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<AgentId>,
}

/// The work is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskCompleted {
    /// What came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Object>,
    /// Who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<AgentId>,
    /// The task's name.
    pub name: String,
    /// Seconds since the attempt started.
    pub duration_seconds: i64,
    /// When, by the node's clock.
    pub completed_at: DateTime<Utc>,
    /// The plan it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<Uuid>,
}

/// An attempt failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskFailed {
    /// What went wrong.
    pub error: String,
    /// Whether another attempt may help.
    pub retryable: bool,
    /// Whether the task goes back into the queue.
    pub will_retry: bool,
    /// Failed attempts that were or will be repeated.
    pub retry_count: i32,
    /// Which attempt it was, from 1.
    pub attempt: i32,
    /// Who held it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<AgentId>,
    /// The task's name.
    pub name: String,
    /// When, by the node's clock.
    pub failed_at: DateTime<Utc>,
    /// When it may be claimed again, if it goes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_at: Option<DateTime<Utc>>,
    /// The plan it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<Uuid>,
}

/// A failed task went back into the queue by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskRetried {
    /// The task's name.
    pub name: String,
    /// Attempts that count now.
    pub retry_count: i32,
}

/// The task was given up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskCancelled {
    /// The task's name.
    pub name: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who held it, or was to do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<AgentId>,
    /// Whether it was being worked on.
    pub was_running: bool,
    /// When, by the node's clock.
    pub cancelled_at: DateTime<Utc>,
    /// The plan it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<Uuid>,
}

/// The task was removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskDeleted {
    /// The task's name.
    pub name: String,
    /// The plan it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<Uuid>,
}

events! {
    /// The events of one task.
    pub enum TaskEvent for "task" {
        TaskCreated = "task_created" @ "1",
        TaskUpdated = "task_updated" @ "1",
        TaskAssigned = "task_assigned" @ "1",
        TaskUnassigned = "task_unassigned" @ "1",
        TaskStarted = "task_started" @ "1",
        TaskProgressed = "task_progressed" @ "1",
        TaskCompleted = "task_completed" @ "1",
        TaskFailed = "task_failed" @ "1",
        TaskRetried = "task_retried" @ "1",
        TaskCancelled = "task_cancelled" @ "1",
        TaskDeleted = "task_deleted" @ "1",
    }
}
