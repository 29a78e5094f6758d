//! `GET /api/v1/deployments/{id}`.

use axum::extract::State;
use pantheon_projections::deployments::NAME;

use super::view::{Deployment, visible};
use crate::app::App;
use crate::http::{Answer, ApiPath, Caller, Problem, ReadOptions};

/// One deployment.
#[utoipa::path(get, path = "/api/v1/deployments/{id}", tag = "deployments",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The deployment", body = Deployment)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(id): ApiPath<String>,
) -> Result<Answer, Problem> {
    let position = read.stand(&app.reads, NAME, caller.tenant).await?;
    let row = visible(&app, caller.tenant, &id).await?;
    let environment = row.environment_id.to_string();
    let stream = ("environment", environment.as_str());
    let sequence = app.log.sequence_at(stream, position.at).await?;
    Answer::found(&read, position, Deployment::numbered(row, sequence))
}
