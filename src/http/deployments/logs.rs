//! `GET /api/v1/deployments/{id}/logs`.

use axum::extract::State;
use pantheon_events::DeploymentId;
use pantheon_projections::deployments::NAME;
use pantheon_projections::logs::{self, of_deployment};
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::visible;
use super::{features, is_on};
use crate::app::App;
use crate::http::logs::Log;
use crate::http::{Answer, ApiPath, ApiQuery, Caller, Problem, ReadOptions};

const USUAL: i64 = 1_000;
const MOST: i64 = 10_000;

/// How many lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// The newest so many (1–10000).
    #[param(minimum = 1, maximum = 10000)]
    limit: Option<i64>,
}

/// A deployment's log, oldest first.
#[utoipa::path(get, path = "/api/v1/deployments/{id}/logs", tag = "deployments",
    params(("id" = uuid::Uuid, Path), Wanted),
    responses((status = 200, description = "Lines", body = Vec<Log>)))]
pub async fn logs(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(id): ApiPath<String>,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let limit = wanted.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::malformed_field(
            "limit",
            "expected a number between 1 and 10000",
        ));
    }
    let position = read.stand(&app.reads, NAME, caller.tenant).await?;
    let position = position.and(features(&app, &caller, &read).await?);
    let position = position.and(read.stand(&app.reads, logs::NAME, caller.tenant).await?);
    if !is_on(&app, &caller).await? {
        return Err(Problem::not_found());
    }
    let row = visible(&app, caller.tenant, &id).await?;
    let deployment = DeploymentId::new(row.id);
    let rows = of_deployment(&app.reads, caller.tenant, deployment, limit).await?;
    let lines: Vec<Log> = rows.into_iter().map(Log::from).collect();
    Answer::array(&read, position, &lines, None)
}
