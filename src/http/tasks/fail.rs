//! `POST /api/v1/tasks/{id}/fail`

use axum::extract::State;
use pantheon_events::TaskId;
use pantheon_events::tasks::FailTask;
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::command;
use super::representation::OneTask;
use crate::app::App;
use crate::http::{Answer, ApiJsonOrEmpty, ApiPath, Caller, CommandHeaders, Problem};

/// What went wrong.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fail {
    /// What went wrong, at most 16 KiB.
    error: Option<String>,
    /// Whether another attempt may help (true).
    retryable: Option<bool>,
}

/// The attempt failed.
#[utoipa::path(
    post, path = "/api/v1/tasks/{id}/fail", tag = "tasks", request_body = Fail,
    params(("id" = Uuid, Path, description = "the task")),
    responses((status = 200, description = "the task", body = OneTask)),
)]
pub async fn fail(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(task): ApiPath<TaskId>,
    ApiJsonOrEmpty(body): ApiJsonOrEmpty<Fail>,
) -> Result<Answer, Problem> {
    let fail = FailTask {
        error: body.error,
        retryable: body.retryable,
        attempt: None,
    };
    command(&app, &caller, &headers, task, fail).await
}
