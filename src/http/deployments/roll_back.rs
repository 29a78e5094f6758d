//! `POST /api/v1/deployments/{id}/rollback`.

use axum::extract::State;
use pantheon_events::DeploymentId;
use pantheon_events::deployments::RollbackDeployment;

use super::answer::{Reason, answer, send};
use super::view::{Deployment, visible};
use crate::app::App;
use crate::http::{Answer, ApiJsonOrEmpty, ApiPath, Caller, CommandHeaders, Problem};

/// Takes the newest successful deployment back; answers the one that replaces it.
#[utoipa::path(post, path = "/api/v1/deployments/{id}/rollback", tag = "deployments",
    params(("id" = uuid::Uuid, Path)), request_body = Reason,
    responses((status = 201, description = "The new deployment", body = Deployment)))]
pub async fn roll_back(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    ApiJsonOrEmpty(why): ApiJsonOrEmpty<Reason>,
) -> Result<Answer, Problem> {
    let row = visible(&app, caller.tenant, &id).await?;
    let command = RollbackDeployment {
        deployment_id: DeploymentId::new(row.id),
        reason: why.reason,
    };
    let receipt = send(&app, &caller, &headers, &row, command).await?;
    answer(&app, &caller, &receipt).await
}
