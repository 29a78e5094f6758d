//! `POST /api/v1/tasks/{id}/start`

use axum::extract::State;
use pantheon_events::TaskId;
use pantheon_events::tasks::StartTask;
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::command;
use super::holder::named;
use super::representation::OneTask;
use crate::app::App;
use crate::http::{Answer, ApiJsonOrEmpty, ApiPath, Caller, CommandHeaders, Problem};

/// Who starts it.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Who does it: an agent's id, or another name of its type.
    assigned_to: Option<String>,
}

/// Starts a pending task.
#[utoipa::path(
    post, path = "/api/v1/tasks/{id}/start", tag = "tasks", request_body = Start,
    params(("id" = Uuid, Path, description = "the task")),
    responses((status = 200, description = "the task", body = OneTask)),
)]
pub async fn start(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(task): ApiPath<TaskId>,
    ApiJsonOrEmpty(body): ApiJsonOrEmpty<Start>,
) -> Result<Answer, Problem> {
    let assigned_to = match &body.assigned_to {
        Some(name) => Some(named(&app, caller.tenant, name).await?),
        None => None,
    };
    command(&app, &caller, &headers, task, StartTask { assigned_to }).await
}
