//! `POST /api/v1/tasks/{id}/cancel`

use axum::extract::State;
use pantheon_events::TaskId;
use pantheon_events::tasks::CancelTask;
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::command;
use super::representation::OneTask;
use crate::app::App;
use crate::http::{Answer, ApiJsonOrEmpty, ApiPath, Caller, CommandHeaders, Problem};

/// Why to cancel.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// Why, at most 16 KiB.
    reason: Option<String>,
}

/// Gives a task up.
#[utoipa::path(
    post, path = "/api/v1/tasks/{id}/cancel", tag = "tasks", request_body = Cancel,
    params(("id" = Uuid, Path, description = "the task")),
    responses((status = 200, description = "the task", body = OneTask)),
)]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(task): ApiPath<TaskId>,
    ApiJsonOrEmpty(body): ApiJsonOrEmpty<Cancel>,
) -> Result<Answer, Problem> {
    let cancel = CancelTask {
        reason: body.reason,
    };
    command(&app, &caller, &headers, task, cancel).await
}
