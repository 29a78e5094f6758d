//! `GET /api/v1/dashboard/summary` and `/dashboard/recent`. An execution is carried by a task, so
//! its state is the task's.

use axum::extract::State;
use chrono::{DateTime, Utc};
use pantheon_projections::tasks::{ExecutionRow, NAME, executions, recent_executions};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

const MOST: u16 = 20;

/// How the executions are.
#[utoipa::path(get, path = "/api/v1/dashboard/summary", tag = "dashboard",
    responses((status = 200, description = "Counts", body = Object)))]
pub async fn summary(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let stand = read.stand(&app.reads, NAME, caller.tenant).await?;
    if let Some(unchanged) = read.not_modified(stand) {
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

/// An agent at work on an issue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecentExecution)]
pub struct Execution {
    id: Uuid,
    repository_id: Option<Uuid>,
    /// `null` until repositories are observed.
    repository_owner: Option<String>,
    /// `null` until repositories are observed.
    repository_name: Option<String>,
    issue_number: Option<i64>,
    agent_type: Option<String>,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<DateTime<Utc>>,
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    result_summary: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality_score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pr_number: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
    options: Options,
    /// 0 to 100.
    progress: i32,
    task_id: Uuid,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// How an execution is carried out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExecutionOptions)]
pub struct Options {
    use_worktree: bool,
    auto_pr: bool,
    slack_notify: bool,
}

impl From<&Value> for Options {
    fn from(metadata: &Value) -> Self {
        let option = |name: &str| metadata["options"][name].as_bool().unwrap_or(false);
        Self {
            use_worktree: option("use_worktree"),
            auto_pr: option("auto_pr"),
            slack_notify: option("slack_notify"),
        }
    }
}

impl From<ExecutionRow> for Execution {
    fn from(row: ExecutionRow) -> Self {
        let said = |name: &str| row.result.as_ref().map(|result| &result[name]);
        Self {
            id: row.execution_id,
            repository_id: row.repository_id,
            repository_owner: None,
            repository_name: None,
            issue_number: row.issue_number,
            agent_type: row.agent_type,
            quality_score: said("quality_score").and_then(Value::as_f64),
            pr_number: said("pr_number").and_then(Value::as_i64),
            completed_at: row.ended_at,
            status: row.status,
            started_at: row.started_at,
            error_message: row.error_message,
            options: Options::from(&row.metadata),
            result_summary: row.result,
            progress: row.progress,
            task_id: row.id,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// The newest executions, as a bare array.
#[utoipa::path(get, path = "/api/v1/dashboard/recent", tag = "dashboard", params(Wanted),
    responses((status = 200, description = "Executions, newest first", body = Vec<Execution>)))]
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
    let stand = read.stand(&app.reads, NAME, caller.tenant).await?;
    if let Some(unchanged) = read.not_modified(stand) {
        return Ok(unchanged);
    }
    let rows = recent_executions(&app.reads, caller.tenant, i64::from(limit)).await?;
    let items: Vec<Execution> = rows.into_iter().map(Execution::from).collect();
    Answer::array(&read, stand, &items, None)
}
