//! `GET /api/v1/deployments/{id}`.

use axum::extract::State;
use pantheon_events::{DeploymentId, RecordedEvent};
use pantheon_projections::Record;
use pantheon_projections::deployments::{DeploymentRow, NAME, fold};

use super::view::{Deployment, visible};
use super::{features, is_on};
use crate::app::App;
use crate::http::past::folded;
use crate::http::{Answer, ApiPath, AsOf, Caller, Problem, ReadOptions, ReadThen};

/// One deployment, as it is or as it was (`as_of`).
#[utoipa::path(get, path = "/api/v1/deployments/{id}", tag = "deployments",
    params(("id" = uuid::Uuid, Path),
        ("as_of" = Option<String>, Query, description = "a position or a time in the past")),
    responses((status = 200, description = "The deployment", body = Deployment)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    ReadThen(read): ReadThen,
    ApiPath(id): ApiPath<String>,
) -> Result<Answer, Problem> {
    let position = read.stand(&app.reads, NAME, caller.tenant).await?;
    let position = position.and(features(&app, &caller, &read).await?);
    if !is_on(&app, &caller).await? {
        return Err(Problem::not_found());
    }
    let row = visible(&app, caller.tenant, &id).await?;
    if let Some(moment) = read.as_of {
        return then(&app, &read, &row, moment).await;
    }
    let environment = row.environment_id.to_string();
    let stream = ("environment", environment.as_str());
    let sequence = app.log.sequence_at(stream, position.at).await?;
    Answer::found(&read, position, Deployment::numbered(row, sequence))
}

/// The deployment after the last event of its environment up to a moment.
async fn then(
    app: &App,
    read: &ReadOptions,
    now: &DeploymentRow,
    moment: AsOf,
) -> Result<Answer, Problem> {
    let environment = now.environment_id.to_string();
    let stream = ("environment", environment.as_str());
    let fold = |before, event: &RecordedEvent| fold(before, event).map(Some);
    let then = folded(app, read, moment, stream, fold).await?;
    let then = then.ok_or_else(Problem::not_found)?;
    let row = then.row.deployment(DeploymentId::new(now.id));
    let mut row = row.ok_or_else(Problem::not_found)?;
    row.settle();
    let sequence = app.log.sequence_at(stream, then.position).await?;
    Answer::found(read, then.position, Deployment::numbered(row, sequence))
}
