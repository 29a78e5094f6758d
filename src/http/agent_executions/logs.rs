//! `GET /api/v1/agents/executions/{id}/logs`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use pantheon_events::AgentExecutionId;
use pantheon_projections::agent_executions::{
    ExecutionLogRow, LOGS, Lines, NAME, lines, one, place,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::http::{Answer, ApiPath, ApiQuery, Caller, Problem, ReadOptions};

const USUAL: u16 = 1_000;
const MOST: u16 = 10_000;

/// How grave a line is.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    #[param(inline)]
    level: Option<Level>,
    /// The id of a line: those that come after it.
    after: Option<Uuid>,
    /// 1 to 10000 (1000).
    #[param(minimum = 1, maximum = 10000)]
    limit: Option<u16>,
}

/// One line of an execution's log.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExecutionLog {
    id: Uuid,
    execution_id: Uuid,
    /// `DEBUG`, `INFO`, `WARN` or `ERROR`.
    log_level: String,
    message: String,
    timestamp: DateTime<Utc>,
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Value>,
}

impl From<ExecutionLogRow> for ExecutionLog {
    fn from(row: ExecutionLogRow) -> Self {
        Self {
            id: row.id,
            execution_id: row.execution_id,
            log_level: row.log_level,
            message: row.message,
            timestamp: row.logged_at,
            metadata: row.metadata,
        }
    }
}

/// An execution's log, oldest first, as a bare array.
#[utoipa::path(get, path = "/api/v1/agents/executions/{id}/logs", tag = "agents",
    params(("id" = uuid::Uuid, Path), Wanted),
    responses((status = 200, description = "Lines", body = Vec<ExecutionLog>)))]
pub async fn logs(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(id): ApiPath<AgentExecutionId>,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let limit = wanted.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        let message = "expected a number between 1 and 10000";
        return Err(Problem::malformed_field("limit", message));
    }
    let stand = read.stand(&app.reads, NAME, caller.tenant).await?;
    let stand = stand.and(read.stand(&app.reads, LOGS, caller.tenant).await?);
    let execution = one(&app.reads, caller.tenant, id).await?;
    execution.ok_or_else(Problem::not_found)?;
    let after = match wanted.after {
        None => None,
        Some(line) => Some(place(&app.reads, id, line).await?.ok_or_else(|| {
            Problem::malformed_field("after", "expected the id of a line of this log")
        })?),
    };
    let lines_wanted = Lines {
        level: wanted
            .level
            .map(|level| format!("{level:?}").to_uppercase()),
        after,
        limit: i64::from(limit),
    };
    let rows = lines(&app.reads, id, &lines_wanted).await?;
    let items: Vec<ExecutionLog> = rows.into_iter().map(ExecutionLog::from).collect();
    Answer::array(&read, stand, &items, None)
}
