//! `GET /api/v1/agents/executions`.

use axum::extract::State;
use pantheon_events::RepositoryId;
use pantheon_events::agents::catalogue_type;
use pantheon_projections::agent_executions::{Filter, NAME, list as rows};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::view::Execution;
use crate::app::App;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

const USUAL: u16 = 100;
const MOST: u16 = 200;

/// Where an execution stands.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Pending,
    Running,
    Completed,
    Failed,
    Cancelled,
}

/// Which executions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    #[param(inline)]
    status: Option<Status>,
    /// A catalogue id, `<id>-agent` or the long name.
    agent_type: Option<String>,
    #[param(value_type = Option<uuid::Uuid>)]
    repository_id: Option<RepositoryId>,
    /// 1 to 200 (100).
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    cursor: Option<String>,
}

/// Executions, newest first, as a bare array.
#[utoipa::path(get, path = "/api/v1/agents/executions", tag = "agents", params(Wanted),
    responses((status = 200, description = "Executions", body = Vec<Execution>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let limit = wanted.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        let message = "expected a number between 1 and 200";
        return Err(Problem::malformed_field("limit", message));
    }
    let stand = read.stand(&app.reads, NAME, caller.tenant).await?;
    if let Some(unchanged) = read.not_modified(stand) {
        return Ok(unchanged);
    }
    // A name that means nobody finds nothing.
    let kind = wanted.agent_type.map(|name| match catalogue_type(&name) {
        Some(known) => known.id.to_owned(),
        None => name,
    });
    let filter = Filter {
        status: wanted
            .status
            .map(|status| format!("{status:?}").to_lowercase()),
        agent_type: kind,
        repository_id: wanted.repository_id,
        limit: i64::from(limit),
        cursor: wanted.cursor,
    };
    let (rows, next) = rows(&app.reads, caller.tenant, &filter).await?;
    let items: Vec<Execution> = rows.into_iter().map(Execution::from).collect();
    Answer::array(&read, stand, &items, next.as_deref())
}
