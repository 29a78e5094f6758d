//! `POST /api/v1/tasks/{id}/retry`

use axum::extract::State;
use pantheon_events::TaskId;
use pantheon_events::tasks::RetryTask;
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::command;
use super::representation::OneTask;
use crate::app::App;
use crate::http::{Answer, ApiJsonOrEmpty, ApiPath, Caller, CommandHeaders, Problem};

/// How to retry.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// Starts counting attempts anew.
    #[serde(default)]
    reset: bool,
}

/// Puts a failed task back into the queue.
#[utoipa::path(
    post, path = "/api/v1/tasks/{id}/retry", tag = "tasks", request_body = Retry,
    params(("id" = Uuid, Path, description = "the task")),
    responses((status = 200, description = "the task", body = OneTask)),
)]
pub async fn retry(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(task): ApiPath<TaskId>,
    ApiJsonOrEmpty(body): ApiJsonOrEmpty<Retry>,
) -> Result<Answer, Problem> {
    let retry = RetryTask { reset: body.reset };
    command(&app, &caller, &headers, task, retry).await
}
