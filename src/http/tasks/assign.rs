//! `POST /api/v1/tasks/{id}/assign`

use axum::extract::State;
use pantheon_events::TaskId;
use pantheon_events::tasks::{AssignTask, UnassignTask};
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer::command;
use super::holder::named;
use super::representation::OneTask;
use crate::app::App;
use crate::http::{Answer, ApiJson, ApiPath, Caller, CommandHeaders, Problem};

/// Who is to do it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    /// An agent's id or another name of its type; `null` takes the assignment back.
    #[serde(deserialize_with = "Option::deserialize")]
    assigned_to: Option<String>,
}

/// Says who is to do a task; the agent is told.
#[utoipa::path(
    post, path = "/api/v1/tasks/{id}/assign", tag = "tasks", request_body = Assign,
    params(("id" = Uuid, Path, description = "the task")),
    responses((status = 200, description = "the task", body = OneTask)),
)]
pub async fn assign(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(task): ApiPath<TaskId>,
    ApiJson(body): ApiJson<Assign>,
) -> Result<Answer, Problem> {
    let Some(name) = &body.assigned_to else {
        return command(&app, &caller, &headers, task, UnassignTask {}).await;
    };
    let assigned_to = named(&app, caller.tenant, name).await?;
    command(&app, &caller, &headers, task, AssignTask { assigned_to }).await
}
