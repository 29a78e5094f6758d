//! Tasks and dependencies as clients see them.

use chrono::{DateTime, Utc};
use pantheon_events::Sequence;
use pantheon_projections::task_graph::DependencyRow;
use pantheon_projections::tasks::TaskRow;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// A unit of work for an agent. What is not known is left out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Task {
    /// Its id.
    pub id: Uuid,
    /// Who made it.
    pub user_id: Uuid,
    /// What it is called.
    pub name: String,
    /// What is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `pending`, `running`, `completed`, `failed` or `cancelled`.
    pub status: String,
    /// `P0`, `P1` or `P2`.
    pub priority: String,
    /// The kind of agent it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_type: Option<String>,
    /// What its holder must be able to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_capability: Option<String>,
    /// Who is to do it, does it or did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned_to: Option<String>,
    /// The kind of work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_type: Option<String>,
    /// The repository it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository_id: Option<Uuid>,
    /// The execution it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_id: Option<Uuid>,
    /// The plan it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<Uuid>,
    /// The issue it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue_number: Option<i64>,
    /// Minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_minutes: Option<i32>,
    /// 0–100.
    pub progress: i32,
    /// Failed attempts that were repeated.
    pub retry_count: i32,
    /// Failed attempts that are repeated at most.
    pub max_retries: i32,
    /// Seconds until an attempt is taken for lost.
    pub timeout_seconds: i32,
    /// Anything.
    pub metadata: Value,
    /// What came out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// What the last failed attempt said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// When the present attempt started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<DateTime<Utc>>,
    /// When it was completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<DateTime<Utc>>,
    /// When it failed for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_at: Option<DateTime<Utc>>,
    /// When it was given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// The stream's sequence, for `If-Match`; in answers about one only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub sequence: Option<Sequence>,
}

impl From<TaskRow> for Task {
    fn from(row: TaskRow) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            name: row.name,
            description: row.description,
            status: row.status,
            priority: row.priority,
            agent_type: row.agent_type,
            required_capability: row.required_capability,
            assigned_to: row.assigned_to,
            task_type: row.task_type,
            repository_id: row.repository_id,
            execution_id: row.execution_id,
            plan_id: row.plan_id,
            issue_number: row.issue_number,
            estimated_minutes: row.estimated_minutes,
            progress: row.progress,
            retry_count: row.retry_count,
            max_retries: row.max_retries,
            timeout_seconds: row.timeout_seconds,
            metadata: row.metadata,
            result: row.result,
            error_message: row.error_message,
            started_at: row.started_at,
            completed_at: row.completed_at,
            failed_at: row.failed_at,
            cancelled_at: row.cancelled_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            sequence: None,
        }
    }
}

impl Task {
    /// The task with its stream's sequence.
    pub(crate) fn numbered(row: TaskRow, sequence: Sequence) -> Self {
        Self {
            sequence: Some(sequence),
            ..Self::from(row)
        }
    }
}

/// A single task's answer: the task at top level, and once more under `task`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OneTask {
    /// The task's fields.
    #[serde(flatten)]
    pub top: Task,
    /// The same task.
    pub task: Task,
}

impl OneTask {
    /// The task with its stream's sequence.
    pub(super) fn numbered(row: TaskRow, sequence: Sequence) -> Self {
        let task = Task::numbered(row, sequence);
        Self {
            top: task.clone(),
            task,
        }
    }
}

/// One task waits for another.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TaskDependency {
    /// Its id.
    pub id: Uuid,
    /// The task that waits.
    pub task_id: Uuid,
    /// The task it waits for.
    pub depends_on_task_id: Uuid,
    /// `finish_to_start`, `start_to_start` or `finish_to_finish`.
    pub dependency_type: String,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

impl From<DependencyRow> for TaskDependency {
    fn from(row: DependencyRow) -> Self {
        Self {
            id: row.id,
            task_id: row.task_id,
            depends_on_task_id: row.depends_on_task_id,
            dependency_type: row.dependency_type,
            created_at: row.created_at,
        }
    }
}
