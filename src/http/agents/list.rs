//! `GET /api/v1/agents`

use std::time::Duration;

use axum::extract::State;
use pantheon_events::agents::{AgentStatus, Category};
use pantheon_projections::agents::{AgentFilter, list as list_of};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Agent;
use super::answer::stand;
use crate::app::App;
use crate::http::openapi::named;
use crate::http::{Answer, ApiQuery, Caller, Problem, Query, ReadOptions, written};

const MOST: i64 = 1000;
/// Health follows from the time, and heartbeats that leave no event move no position.
const FRESH: Duration = Duration::from_millis(100);

/// Which agents are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct AgentQuery {
    /// `active`, `idle`, `error` or `offline`.
    #[param(schema_with = named::<AgentStatus>, required = false)]
    status: Option<AgentStatus>,
    /// `coding` or `business`.
    #[param(schema_with = named::<Category>, required = false)]
    category: Option<Category>,
    /// 0 to 4.
    layer: Option<i32>,
    /// 1 to 1000 (1000).
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// Where the page before ended; `Link` carries it.
    cursor: Option<String>,
}

/// The agents: the catalogue in its order, then every other enrolled one by id.
#[utoipa::path(
    get, path = "/api/v1/agents", tag = "agents", params(AgentQuery),
    responses((status = 200, description = "the agents", body = Vec<Agent>)),
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(query): ApiQuery<AgentQuery>,
) -> Result<Answer, Problem> {
    let limit = query.limit.unwrap_or(MOST);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::malformed_field(
            "limit",
            "expected a number between 1 and 1000",
        ));
    }
    let stand = stand(&app, &caller, &read).await?;
    if let Some(unchanged) = read.not_modified(stand) {
        return Ok(unchanged);
    }
    let filter = AgentFilter {
        status: query.status,
        category: query.category,
        layer: query.layer,
    };
    let after = query.cursor.as_deref();
    let asked = Query {
        tenant: caller.tenant,
        what: format!("agents {filter:?} {limit} {after:?}"),
        fresh: FRESH,
    };
    let made = app.rendered.page(&read, stand, asked, || async {
        let (rows, next) = list_of(&app.reads, caller.tenant, filter, after, limit).await?;
        let (thresholds, now) = (app.config.health_thresholds(), app.clock.now());
        let agents: Vec<_> = rows
            .into_iter()
            .map(|row| Agent::at(row, thresholds, now))
            .collect();
        Ok((written(&agents)?, next))
    });
    made.await
}
