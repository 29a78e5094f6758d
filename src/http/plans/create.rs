//! `POST /api/v1/plans`

use axum::extract::State;
use pantheon_events::PlanId;
use pantheon_events::plans::{CreatePlan, PlannedTask};
use pantheon_projections::plans;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::question::planned;
use super::view::{AnalysedDag, analysed};
use crate::app::App;
use crate::http::after::{Shown, shown};
use crate::http::{Answer, ApiJson, Caller, CommandHeaders, Problem};

/// A new plan.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlan {
    /// 1–255 characters after trimming.
    name: String,
    /// At most 16 KiB.
    description: Option<String>,
    /// The issue it is about, from 1.
    issue_number: Option<i64>,
    /// The repository it is about.
    repository_id: Option<Uuid>,
    /// 1 to 1000 tasks.
    #[schema(schema_with = planned)]
    tasks: Vec<PlannedTask>,
}

impl From<NewPlan> for CreatePlan {
    fn from(new: NewPlan) -> Self {
        Self {
            name: new.name,
            description: new.description,
            issue_number: new.issue_number,
            repository_id: new.repository_id,
            workflow_id: None,
            tasks: new.tasks,
        }
    }
}

/// Makes a whole plan; its tasks follow at once, each exactly once.
#[utoipa::path(
    post, path = "/api/v1/plans", tag = "plans", request_body = NewPlan,
    responses((status = 201, description = "the plan and what follows from it", body = AnalysedDag)),
)]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiJson(new): ApiJson<NewPlan>,
) -> Result<Answer, Problem> {
    let by = headers.context(&caller);
    let plan = PlanId::new(by.command_id.created("plan"));
    let plans = &app.commands.plans;
    let receipt = plans
        .dispatch(&plan.to_string(), CreatePlan::from(new), by)
        .await?;
    let location = format!("/api/v1/dags/{plan}");
    let row = plans::one(&app.reads, caller.tenant, plan);
    let shown = match shown(&app, plans::NAME, &receipt, row).await {
        Shown::Row(row) => match analysed(&app, caller.tenant, row, receipt.sequence).await {
            Ok(dag) => Shown::Row(dag),
            // It is made: its id is the answer then.
            Err(_) => Shown::Late,
        },
        Shown::Nothing => Shown::Nothing,
        Shown::Late => Shown::Late,
    };
    shown.created(&receipt, &location, plan)
}
