//! `GET /api/v1/deployments`.

use axum::extract::State;
use pantheon_projections::deployments::{Filter, NAME, list as rows};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::view::Deployment;
use super::{features, is_on};
use crate::app::App;
use crate::http::cursor::Limit;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

/// Where a deployment stands.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Pending,
    Running,
    Success,
    Failed,
}

/// Which deployments.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    environment: Option<String>,
    #[param(inline)]
    status: Option<Status>,
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Limit,
    cursor: Option<String>,
}

/// Deployments, newest first, as a bare array.
#[utoipa::path(get, path = "/api/v1/deployments", tag = "deployments", params(Wanted),
    responses((status = 200, description = "Deployments", body = Vec<Deployment>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let position = read.stand(&app.reads, NAME, caller.tenant).await?;
    let position = position.and(features(&app, &caller, &read).await?);
    if let Some(unchanged) = read.not_modified(position) {
        return Ok(unchanged);
    }
    if !is_on(&app, &caller).await? {
        return Answer::array(&read, position, &[] as &[Deployment], None);
    }
    let filter = Filter {
        environment: wanted.environment,
        status: wanted
            .status
            .map(|status| format!("{status:?}").to_lowercase()),
        limit: wanted.limit.get(),
        cursor: wanted.cursor,
    };
    let (rows, next) = rows(&app.reads, caller.tenant, &filter).await?;
    let items: Vec<Deployment> = rows.into_iter().map(Deployment::from).collect();
    Answer::array(&read, position, &items, next.as_deref())
}
