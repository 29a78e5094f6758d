//! `GET /api/v1/dashboard/summary`.

use axum::extract::State;
use pantheon_projections::tasks::{NAME, executions};
use serde_json::json;

use crate::app::App;
use crate::http::{Answer, Caller, Problem, ReadOptions};

/// How the executions are. An execution is carried by a task, so its state is the task's.
#[utoipa::path(get, path = "/api/v1/dashboard/summary", tag = "dashboard",
    responses((status = 200, description = "Counts", body = Object)))]
pub async fn summary(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let position = read.stand(&app.reads, NAME, caller.tenant).await?;
    if let Some(unchanged) = read.not_modified(position) {
        return Ok(unchanged);
    }
    let counts = executions(&app.reads, caller.tenant).await?;
    let body = json!({
        "total_executions": counts.total,
        "running_executions": counts.running,
        "completed_executions": counts.completed,
        "failed_executions": counts.failed,
        "pending_executions": counts.pending,
        "total_repositories": counts.repositories,
        "total_prs_created": counts.pull_requests,
    });
    Answer::found(&read, position, body)
}
