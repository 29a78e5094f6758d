//! `DELETE /api/v1/tasks/{id}`

use axum::extract::State;
use pantheon_events::TaskId;
use pantheon_events::tasks::DeleteTask;
use pantheon_projections::{task_graph, tasks};
use serde_json::json;

use crate::app::App;
use crate::http::after::reached;
use crate::http::{Answer, ApiPath, Caller, CommandHeaders, Problem};

/// Removes a task and its dependencies; again is fine.
#[utoipa::path(
    delete, path = "/api/v1/tasks/{id}", tag = "tasks",
    params(("id" = Uuid, Path, description = "the task")),
    responses((status = 200, description = "`{message}`", body = Object)),
)]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(task): ApiPath<TaskId>,
) -> Result<Answer, Problem> {
    let by = headers.context(&caller);
    let receipt = app
        .commands
        .tasks
        .dispatch(&task.to_string(), DeleteTask {}, by)
        .await?;
    reached(&app, tasks::NAME, &receipt).await;
    reached(&app, task_graph::NAME, &receipt).await;
    Answer::done(receipt, json!({ "message": "Task deleted" }))
}
