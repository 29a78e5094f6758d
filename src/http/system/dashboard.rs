//! `GET /api/v1/dashboard/summary` and `/dashboard/recent`.

use axum::extract::State;
use pantheon_projections::agent_executions::{
    ExecutionRow, Filter, NAME as EXECUTIONS, counts, list,
};
use pantheon_projections::repositories::{NAME as REPOSITORIES, count};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::http::agent_executions::Execution;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

const MOST: u16 = 20;

/// How the executions are, and how many repositories there are.
#[utoipa::path(get, path = "/api/v1/dashboard/summary", tag = "dashboard",
    responses((status = 200, description = "Counts", body = Object)))]
pub async fn summary(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let stand = read.stand(&app.reads, EXECUTIONS, caller.tenant).await?;
    let stand = stand.and(read.stand(&app.reads, REPOSITORIES, caller.tenant).await?);
    if let Some(unchanged) = read.not_modified(stand) {
        return Ok(unchanged);
    }
    let counts = counts(&app.reads, caller.tenant).await?;
    let body = json!({
        "total_executions": counts.total,
        "running_executions": counts.running,
        "completed_executions": counts.completed,
        "failed_executions": counts.failed,
        "pending_executions": counts.pending,
        "total_repositories": count(&app.reads, caller.tenant).await?,
        "total_prs_created": counts.pull_requests,
    });
    Answer::found(&read, stand, body)
}

/// How many executions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// 1 to 20 (20).
    #[param(minimum = 1, maximum = 20)]
    limit: Option<u16>,
}

/// An agent at work on an issue, and where.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecentExecution {
    #[serde(flatten)]
    execution: Execution,
    repository_owner: String,
    repository_name: String,
}

impl From<ExecutionRow> for RecentExecution {
    fn from(row: ExecutionRow) -> Self {
        let (owner, name) = row.repository.split_once('/').unwrap_or_default();
        Self {
            repository_owner: owner.to_owned(),
            repository_name: name.to_owned(),
            execution: Execution::from(row),
        }
    }
}

/// The newest executions, as a bare array.
#[utoipa::path(get, path = "/api/v1/dashboard/recent", tag = "dashboard", params(Wanted),
    responses((status = 200, description = "Executions, newest first",
        body = Vec<RecentExecution>)))]
pub async fn recent(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let limit = wanted.limit.unwrap_or(MOST);
    if !(1..=MOST).contains(&limit) {
        let message = "expected a number between 1 and 20";
        return Err(Problem::malformed_field("limit", message));
    }
    let stand = read.stand(&app.reads, EXECUTIONS, caller.tenant).await?;
    if let Some(unchanged) = read.not_modified(stand) {
        return Ok(unchanged);
    }
    let filter = Filter {
        limit: i64::from(limit),
        ..Filter::default()
    };
    let (rows, _) = list(&app.reads, caller.tenant, &filter).await?;
    let items: Vec<RecentExecution> = rows.into_iter().map(RecentExecution::from).collect();
    Answer::array(&read, stand, &items, None)
}
