//! `GET /api/v1/agents/{id}/logs`

use axum::extract::State;
use chrono::SecondsFormat;
use pantheon_projections::agents::{AgentLogRow, LOGS, find, last_lines};
use serde::Deserialize;
use utoipa::IntoParams;

use super::answer::only_itself;
use crate::app::App;
use crate::http::{Answer, ApiPath, ApiQuery, Caller, Problem, ReadOptions};

const LIMIT: i64 = 100;
const MOST: i64 = 1000;

/// How many lines are wanted.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// 1 to 1000 (100).
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
}

/// The newest lines of an agent's log, oldest first: `<time> <LEVEL> <message>`.
#[utoipa::path(
    get, path = "/api/v1/agents/{id}/logs", tag = "agents",
    params(("id" = String, Path, description = "the agent, under any of its names"), LogQuery),
    responses((status = 200, description = "the lines", body = Vec<String>)),
)]
pub async fn logs(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(name): ApiPath<String>,
    ApiQuery(query): ApiQuery<LogQuery>,
) -> Result<Answer, Problem> {
    let limit = query.limit.unwrap_or(LIMIT);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::malformed_field(
            "limit",
            "expected a number between 1 and 1000",
        ));
    }
    let position = read.stand(&app.reads, LOGS, caller.tenant).await?;
    let id = find(&app.reads, caller.tenant, &name).await?;
    let id = only_itself(&caller, id.ok_or_else(Problem::not_found)?)?;
    let rows = last_lines(&app.reads, caller.tenant, &id, limit).await?;
    let lines: Vec<_> = rows.iter().map(line).collect();
    Answer::array(&read, position, &lines, None)
}

fn line(row: &AgentLogRow) -> String {
    let time = row.logged_at.to_rfc3339_opts(SecondsFormat::Millis, true);
    format!("{time} {} {}", row.level, row.message)
}
