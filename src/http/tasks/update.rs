//! `PATCH /api/v1/tasks/{id}`

use axum::extract::State;
use pantheon_events::TaskId;
use pantheon_events::json::given;
use pantheon_events::tasks::{Object, Priority, TaskStatus, UpdateTask};
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::command;
use super::representation::OneTask;
use crate::app::App;
use crate::http::openapi::maybe;
use crate::http::{Answer, ApiJson, ApiPath, Caller, CommandHeaders, Problem};

/// What is to change; what is left out stays.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskChanges {
    /// 1–255 characters after trimming.
    name: Option<String>,
    /// At most 16 KiB; `null` takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    /// `P0`, `P1` or `P2`.
    #[schema(schema_with = maybe::<Priority>)]
    priority: Option<Priority>,
    /// The status to move to, by the table of transitions.
    #[schema(schema_with = maybe::<TaskStatus>)]
    status: Option<TaskStatus>,
    /// Replaces the present object.
    #[schema(value_type = Option<Object>)]
    metadata: Option<Object>,
    /// 0–100 000 minutes; `null` takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>)]
    estimated_minutes: Option<Option<i32>>,
    /// 0–20.
    max_retries: Option<i32>,
    /// 1–86 400; counts from the next start on.
    timeout_seconds: Option<i32>,
}

impl From<TaskChanges> for UpdateTask {
    fn from(changes: TaskChanges) -> Self {
        Self {
            name: changes.name,
            description: changes.description,
            priority: changes.priority,
            status: changes.status,
            metadata: changes.metadata,
            estimated_minutes: changes.estimated_minutes,
            max_retries: changes.max_retries,
            timeout_seconds: changes.timeout_seconds,
        }
    }
}

/// Changes a task.
#[utoipa::path(
    patch, path = "/api/v1/tasks/{id}", tag = "tasks", request_body = TaskChanges,
    params(("id" = Uuid, Path, description = "the task")),
    responses((status = 200, description = "the task", body = OneTask)),
)]
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(task): ApiPath<TaskId>,
    ApiJson(changes): ApiJson<TaskChanges>,
) -> Result<Answer, Problem> {
    command(&app, &caller, &headers, task, UpdateTask::from(changes)).await
}
