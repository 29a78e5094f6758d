//! `POST /api/v1/plans/{id}/cancel`

use axum::extract::State;
use pantheon_events::PlanId;
use pantheon_events::plans::CancelPlan;
use pantheon_projections::plans;
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::{TaskDag, dag};
use crate::app::App;
use crate::http::after::{Shown, shown};
use crate::http::{Answer, ApiJsonOrEmpty, ApiPath, Caller, CommandHeaders, Problem};

/// Why to give a plan up.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanCancellation {
    /// Why, at most 16 KiB.
    reason: Option<String>,
}

/// Gives a plan up; its open tasks are cancelled at once.
#[utoipa::path(
    post, path = "/api/v1/plans/{id}/cancel", tag = "plans", request_body = PlanCancellation,
    params(("id" = Uuid, Path, description = "the plan")),
    responses((status = 200, description = "the plan", body = TaskDag)),
)]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(plan): ApiPath<PlanId>,
    ApiJsonOrEmpty(body): ApiJsonOrEmpty<PlanCancellation>,
) -> Result<Answer, Problem> {
    let by = headers.context(&caller);
    let command = CancelPlan {
        reason: body.reason,
    };
    let stream = plan.to_string();
    let receipt = app.commands.plans.dispatch(&stream, command, by).await?;
    let row = plans::one(&app.reads, caller.tenant, plan);
    let shown = match shown(&app, plans::NAME, &receipt, row).await {
        Shown::Row(row) => match dag(&app, caller.tenant, row, receipt.sequence).await {
            Ok(dag) => Shown::Row(dag),
            Err(_) => Shown::Late,
        },
        Shown::Nothing => Shown::Nothing,
        Shown::Late => Shown::Late,
    };
    shown.done(&receipt, plan)
}
