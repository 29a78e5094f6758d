//! What can be asked of a task.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Object, Priority, TaskStatus, TaskType, name_length, object_size};
use crate::json::{given, or_default};
use crate::{AgentId, TaskId, commands};

/// Makes a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateTask {
    /// 1–255 characters after trimming.
    #[garde(custom(name_length))]
    pub name: String,
    /// At most 16 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(bytes, max = 16384))]
    pub description: Option<String>,
    /// `P2` when left out.
    #[serde(default, deserialize_with = "or_default")]
    #[schemars(with = "Option<Priority>")]
    #[garde(skip)]
    pub priority: Priority,
    /// A catalogue id, `<id>-agent` or the long name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 64))]
    pub agent_type: Option<String>,
    /// What the holder must be able to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 100))]
    pub required_capability: Option<String>,
    /// The kind of work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub task_type: Option<TaskType>,
    /// The repository it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub repository_id: Option<Uuid>,
    /// The issue it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 1))]
    pub issue_number: Option<i64>,
    /// The execution it belongs to (processes only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub execution_id: Option<Uuid>,
    /// The plan it belongs to (processes only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub plan_id: Option<Uuid>,
    /// 0–100 000 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 0, max = 100_000))]
    pub estimated_minutes: Option<i32>,
    /// 0–20; 3 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 0, max = 20))]
    pub max_retries: Option<i32>,
    /// 1–86 400 seconds; 3600 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 1, max = 86_400))]
    pub timeout_seconds: Option<i32>,
    /// Tasks that must be completed before this one starts; at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = 100))]
    pub depends_on: Vec<TaskId>,
    /// Anything, at most 16 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(object_size))]
    pub metadata: Option<Object>,
}

/// Changes what is said about a task, or moves it to another status by the table of transitions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct UpdateTask {
    /// 1–255 characters after trimming.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(name_length)))]
    pub name: Option<String>,
    /// At most 16 KiB; `null` takes it away.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(length(bytes, max = 16384))]
    pub description: Option<Option<String>>,
    /// The new priority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub priority: Option<Priority>,
    /// The status to move to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub status: Option<TaskStatus>,
    /// Replaces the present object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(object_size))]
    pub metadata: Option<Object>,
    /// 0–100 000 minutes; `null` takes it away.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(range(min = 0, max = 100_000))]
    pub estimated_minutes: Option<Option<i32>>,
    /// 0–20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 0, max = 20))]
    pub max_retries: Option<i32>,
    /// 1–86 400 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 1, max = 86_400))]
    pub timeout_seconds: Option<i32>,
}

/// Says who should do a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AssignTask {
    /// The agent or worker.
    #[garde(skip)]
    pub assigned_to: AgentId,
}

/// Takes the assignment back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct UnassignTask {}

/// Starts a task for a holder, or for nobody in particular.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct StartTask {
    /// Who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub assigned_to: Option<AgentId>,
}

/// An agent takes a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ClaimTask {
    /// Who takes it.
    #[garde(skip)]
    pub agent_id: AgentId,
}

/// How far the holder is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReportProgress {
    /// 0–100.
    #[garde(range(min = 0, max = 100))]
    pub progress: i32,
    /// What is being done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(bytes, max = 16384))]
    pub message: Option<String>,
}

/// The work is done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CompleteTask {
    /// May hold `summary`, `quality_score`, `pr_number`, `output`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(custom(object_size))]
    pub result: Option<Object>,
}

/// An attempt failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FailTask {
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(bytes, max = 16384))]
    pub error: Option<String>,
    /// Whether another attempt may help; true when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub retryable: Option<bool>,
    /// Which attempt is meant, from 1; nothing happens when it is over already. Any when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 1))]
    pub attempt: Option<i32>,
}

/// Puts a failed task back into the queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RetryTask {
    /// Starts counting attempts anew.
    #[serde(default)]
    #[garde(skip)]
    pub reset: bool,
}

/// Gives a task up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CancelTask {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(bytes, max = 16384))]
    pub reason: Option<String>,
}

/// Removes a task and its dependencies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DeleteTask {}

commands! {
    /// The commands of one task.
    pub enum TaskCommand for "task" {
        CreateTask = "create_task" creates,
        UpdateTask = "update_task",
        AssignTask = "assign_task",
        UnassignTask = "unassign_task",
        StartTask = "start_task",
        ClaimTask = "claim_task",
        ReportProgress = "report_progress",
        CompleteTask = "complete_task",
        FailTask = "fail_task",
        RetryTask = "retry_task",
        CancelTask = "cancel_task",
        DeleteTask = "delete_task",
    }
}
