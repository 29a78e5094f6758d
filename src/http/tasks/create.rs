//! `POST /api/v1/tasks`

use axum::extract::State;
use pantheon_events::TaskId;
use pantheon_events::json::or_default;
use pantheon_events::tasks::{CreateTask, Object, Priority, TaskType};
use pantheon_projections::task_graph;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::after;
use super::representation::OneTask;
use crate::app::App;
use crate::http::after::reached;
use crate::http::openapi::maybe;
use crate::http::{Answer, ApiJson, Caller, CommandHeaders, Problem};

/// A new task.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTask {
    /// 1–255 characters after trimming.
    name: String,
    /// At most 16 KiB.
    description: Option<String>,
    /// `P0`, `P1` or `P2` (default).
    #[serde(default, deserialize_with = "or_default")]
    #[schema(schema_with = maybe::<Priority>)]
    priority: Priority,
    /// A catalogue id, `<id>-agent` or the long name.
    agent_type: Option<String>,
    /// What its holder must be able to do.
    required_capability: Option<String>,
    /// `feature`, `bug`, `refactor`, `docs`, `test` or `deployment`, in any case.
    #[schema(schema_with = maybe::<TaskType>)]
    task_type: Option<TaskType>,
    /// The repository it is about.
    repository_id: Option<Uuid>,
    /// The issue it is about, from 1.
    issue_number: Option<i64>,
    /// 0–100 000 minutes.
    estimated_minutes: Option<i32>,
    /// 0–20 (3).
    max_retries: Option<i32>,
    /// 1–86 400 (3600).
    timeout_seconds: Option<i32>,
    /// Tasks that must be completed before it starts, at most 100.
    #[serde(default)]
    #[schema(value_type = Vec<Uuid>)]
    depends_on: Vec<TaskId>,
    /// Anything, at most 16 KiB.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Object>,
}

impl From<NewTask> for CreateTask {
    fn from(new: NewTask) -> Self {
        Self {
            name: new.name,
            description: new.description,
            priority: new.priority,
            agent_type: new.agent_type,
            required_capability: new.required_capability,
            task_type: new.task_type,
            repository_id: new.repository_id,
            issue_number: new.issue_number,
            execution_id: None,
            plan_id: None,
            estimated_minutes: new.estimated_minutes,
            max_retries: new.max_retries,
            timeout_seconds: new.timeout_seconds,
            depends_on: new.depends_on,
            metadata: new.metadata,
        }
    }
}

/// Makes a task.
#[utoipa::path(
    post, path = "/api/v1/tasks", tag = "tasks", request_body = NewTask,
    responses((status = 201, description = "the task", body = OneTask)),
)]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiJson(new): ApiJson<NewTask>,
) -> Result<Answer, Problem> {
    let by = headers.context(&caller);
    let task = TaskId::new(by.command_id.created("task"));
    let command = CreateTask::from(new);
    let has_edges = !command.depends_on.is_empty();
    let receipt = app
        .commands
        .tasks
        .dispatch(&task.to_string(), command, by)
        .await?;
    if has_edges {
        reached(&app, task_graph::NAME, &receipt).await;
    }
    let location = format!("/api/v1/tasks/{task}");
    let shown = after(&app, &caller, task, &receipt).await;
    shown.created(&receipt, &location, task)
}
