//! `GET /api/v1/dags/{id}`

use axum::extract::State;
use pantheon_events::PlanId;
use pantheon_projections::{plans, tasks};

use super::view::{AnalysedDag, analysed};
use crate::app::App;
use crate::http::{Answer, ApiPath, Caller, Problem, ReadOptions};

/// One plan with the states of its tasks, and what follows from it.
#[utoipa::path(
    get, path = "/api/v1/dags/{id}", tag = "plans",
    params(("id" = Uuid, Path, description = "the plan")),
    responses((status = 200, description = "the plan", body = AnalysedDag)),
)]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(plan): ApiPath<PlanId>,
) -> Result<Answer, Problem> {
    let plans = read.stand(&app.reads, plans::NAME, caller.tenant).await?;
    let tasks = read.stand(&app.reads, tasks::NAME, caller.tenant).await?;
    let row = plans::one(&app.reads, caller.tenant, plan).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let stream = plan.to_string();
    let sequence = app.log.sequence_at(("plan", &stream), plans.at).await?;
    let dag = analysed(&app, caller.tenant, row, sequence).await?;
    Answer::found(&read, plans.and(tasks), dag)
}
