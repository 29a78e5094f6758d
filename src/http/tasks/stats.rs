//! `GET /api/v1/tasks/stats`

use axum::extract::State;
use pantheon_projections::tasks;

use super::list::TaskQuery;
use crate::app::App;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

/// How many tasks there are in each status, of those that the list's filters leave.
#[utoipa::path(
    get, path = "/api/v1/tasks/stats", tag = "tasks", params(TaskQuery),
    responses((status = 200, description = "`{total, pending, running, completed, failed, cancelled}`", body = Object)),
)]
pub async fn stats(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(query): ApiQuery<TaskQuery>,
) -> Result<Answer, Problem> {
    let filter = query.filter(&caller)?;
    query.check_place()?;
    let reached = read.stand(&app.reads, tasks::NAME, caller.tenant).await?;
    if let Some(unchanged) = read.not_modified(reached) {
        return Ok(unchanged);
    }
    let stats = tasks::stats(&app.reads, caller.tenant, &filter).await?;
    Answer::found(&read, reached, stats)
}
