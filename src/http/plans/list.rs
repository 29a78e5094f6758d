//! `GET /api/v1/dags`

use axum::extract::State;
use pantheon_events::plans::PlanStatus;
use pantheon_projections::plans::{self, Filter};
use pantheon_projections::tasks;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::view::{TaskDag, dags};
use crate::app::App;
use crate::http::cursor::Limit;
use crate::http::openapi::named;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

/// Which plans.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PlanQuery {
    /// `pending`, `running`, `completed`, `failed` or `cancelled`.
    #[param(schema_with = named::<PlanStatus>, required = false)]
    status: Option<PlanStatus>,
    /// The issue they are about.
    issue_number: Option<i64>,
    /// 1 to 200 (50).
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// Plans.
#[derive(Debug, Serialize, ToSchema)]
pub struct DagList {
    /// Newest first.
    dags: Vec<TaskDag>,
    /// How many there are in all.
    total: i64,
    /// The next page's cursor; `null` on the last page.
    next_cursor: Option<String>,
}

/// Plans with the states of their tasks, newest first.
#[utoipa::path(
    get, path = "/api/v1/dags", tag = "plans", params(PlanQuery),
    responses((status = 200, description = "one page", body = DagList)),
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(query): ApiQuery<PlanQuery>,
) -> Result<Answer, Problem> {
    let filter = Filter {
        status: query.status.map(PlanStatus::as_str),
        issue_number: query.issue_number,
        limit: query.limit.get(),
        cursor: query.cursor,
    };
    let plans = read.stand(&app.reads, plans::NAME, caller.tenant).await?;
    let tasks = read.stand(&app.reads, tasks::NAME, caller.tenant).await?;
    let stand = plans.and(tasks);
    if let Some(unchanged) = read.not_modified(stand) {
        return Ok(unchanged);
    }
    let (rows, next_cursor) = plans::list(&app.reads, caller.tenant, &filter).await?;
    let total = plans::total(&app.reads, caller.tenant, &filter).await?;
    let next = next_cursor.clone();
    let list = DagList {
        dags: dags(&app, caller.tenant, rows).await?,
        total,
        next_cursor,
    };
    Answer::found(&read, stand, list).map(|answer| answer.linked(&read, next.as_deref()))
}
