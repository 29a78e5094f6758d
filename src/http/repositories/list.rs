//! `GET /api/v1/repositories`.

use axum::extract::State;
use pantheon_projections::repositories::{Filter, NAME, list as rows};
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::Repository;
use crate::app::App;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

const USUAL: u16 = 200;
const MOST: u16 = 1_000;

/// Which repositories.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Also those that were put aside.
    #[serde(default)]
    include_inactive: bool,
    /// 1 to 1000 (200).
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u16>,
    cursor: Option<String>,
}

/// Repositories, those that changed last first, as a bare array.
#[utoipa::path(get, path = "/api/v1/repositories", tag = "repositories", params(Wanted),
    responses((status = 200, description = "Repositories", body = Vec<Repository>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let limit = wanted.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        let message = "expected a number between 1 and 1000";
        return Err(Problem::malformed_field("limit", message));
    }
    let stand = read.stand(&app.reads, NAME, caller.tenant).await?;
    if let Some(unchanged) = read.not_modified(stand) {
        return Ok(unchanged);
    }
    let filter = Filter {
        include_inactive: wanted.include_inactive,
        limit: i64::from(limit),
        cursor: wanted.cursor,
    };
    let (rows, next) = rows(&app.reads, caller.tenant, &filter).await?;
    let items: Vec<Repository> = rows.into_iter().map(Repository::from).collect();
    Answer::array(&read, stand, &items, next.as_deref())
}
