//! `POST /api/v1/tasks/{id}/complete`

use axum::extract::State;
use pantheon_events::TaskId;
use pantheon_events::tasks::{CompleteTask, Object};
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::command;
use super::representation::OneTask;
use crate::app::App;
use crate::http::{Answer, ApiJsonOrEmpty, ApiPath, Caller, CommandHeaders, Problem};

/// What came out.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Complete {
    /// What came out: `summary`, `quality_score`, `pr_number`, `output`; at most 16 KiB.
    #[schema(value_type = Option<Object>)]
    result: Option<Object>,
}

/// The work is done.
#[utoipa::path(
    post, path = "/api/v1/tasks/{id}/complete", tag = "tasks", request_body = Complete,
    params(("id" = Uuid, Path, description = "the task")),
    responses((status = 200, description = "the task", body = OneTask)),
)]
pub async fn complete(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(task): ApiPath<TaskId>,
    ApiJsonOrEmpty(body): ApiJsonOrEmpty<Complete>,
) -> Result<Answer, Problem> {
    let complete = CompleteTask {
        result: body.result,
    };
    command(&app, &caller, &headers, task, complete).await
}
