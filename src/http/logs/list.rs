//! `GET /api/v1/logs`.

use axum::extract::State;
use pantheon_projections::logs::{NAME, count, page};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Listed, Log};
use crate::app::App;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

const USUAL: i64 = 200;
const MOST: i64 = 1_000;

/// A page of entries.
#[derive(Debug, Serialize, ToSchema)]
pub struct Logs {
    logs: Vec<Log>,
    /// All that are wanted, counted to 10 000.
    total: i64,
    /// There are more than were counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    total_capped: bool,
    next_cursor: Option<String>,
}

/// Entries of logs, newest first.
#[utoipa::path(get, path = "/api/v1/logs", tag = "logs", params(Listed),
    responses((status = 200, description = "Entries", body = Logs)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(query): ApiQuery<Listed>,
) -> Result<Answer, Problem> {
    let limit = query.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::malformed_field(
            "limit",
            "expected a number between 1 and 1000",
        ));
    }
    let filter = query.filter()?;
    let position = read.stand(&app.reads, NAME, caller.tenant).await?;
    if let Some(unchanged) = read.not_modified(position) {
        return Ok(unchanged);
    }
    let cursor = query.cursor.as_deref();
    let (rows, next_cursor) = page(&app.reads, caller.tenant, &filter, cursor, limit).await?;
    let counted = count(&app.reads, caller.tenant, &filter).await?;
    let answer = Logs {
        logs: rows.into_iter().map(Log::from).collect(),
        total: counted.total,
        total_capped: counted.capped,
        next_cursor: next_cursor.clone(),
    };
    Ok(Answer::found(&read, position, answer)?.linked(&read, next_cursor.as_deref()))
}
