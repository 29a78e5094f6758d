//! `POST /api/v1/deployments/{id}/cancel`.

use axum::extract::State;
use pantheon_events::DeploymentId;
use pantheon_events::deployments::CancelDeployment;
use pantheon_projections::deployments::{NAME, one};

use super::answer::{Reason, send};
use super::view::{Deployment, visible};
use crate::app::App;
use crate::http::after::shown;
use crate::http::{Answer, ApiJsonOrEmpty, ApiPath, Caller, CommandHeaders, Problem};

/// Gives a deployment up.
#[utoipa::path(post, path = "/api/v1/deployments/{id}/cancel", tag = "deployments",
    params(("id" = uuid::Uuid, Path)), request_body = Reason,
    responses((status = 200, description = "The deployment", body = Deployment)))]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    ApiJsonOrEmpty(why): ApiJsonOrEmpty<Reason>,
) -> Result<Answer, Problem> {
    let row = visible(&app, caller.tenant, &id).await?;
    let command = CancelDeployment {
        deployment_id: DeploymentId::new(row.id),
        reason: why.reason,
    };
    let receipt = send(&app, &caller, &headers, &row, command).await?;
    let now = one(&app.reads, caller.tenant, DeploymentId::new(row.id));
    let shown = shown(&app, NAME, &receipt, now).await;
    shown
        .map(|row| Deployment::numbered(row, receipt.sequence))
        .done(&receipt, row.id)
}
