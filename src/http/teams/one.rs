//! `GET`, `PATCH` and `DELETE /api/v1/organizations/{org_id}/teams/{team_id}`.

use axum::extract::State;
use pantheon_events::TeamId;
use pantheon_events::teams::{DeleteTeam, UpdateTeam};
use pantheon_projections::teams::NAME;
use serde_json::json;

use super::view::{OneTeam, after, led, seen};
use crate::app::App;
use crate::http::organizations::felt;
use crate::http::{Answer, ApiJson, ApiPath, Caller, CommandHeaders, Problem, ReadOptions};

/// One team that the caller sees.
#[utoipa::path(get, path = "/api/v1/organizations/{org_id}/teams/{team_id}", tag = "organizations",
    params(("org_id" = uuid::Uuid, Path), ("team_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The team", body = OneTeam)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(path): ApiPath<(String, String)>,
) -> Result<Answer, Problem> {
    let (_, team) = path;
    let stand = read.stand(&app.reads, NAME, caller.tenant).await?;
    let team = seen(&app, &caller, &team).await?;
    Answer::found(&read, stand, OneTeam::from(team))
}

/// Changes what is said about a team. Its lead may, and who looks after teams.
#[utoipa::path(patch, path = "/api/v1/organizations/{org_id}/teams/{team_id}",
    tag = "organizations", request_body = ref("#/components/schemas/UpdateTeam"),
    params(("org_id" = uuid::Uuid, Path), ("team_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The team", body = OneTeam)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(path): ApiPath<(String, String)>,
    ApiJson(command): ApiJson<UpdateTeam>,
) -> Result<Answer, Problem> {
    let (_, team) = path;
    let id = led(&app, &caller, &team).await?;
    let by = headers.context(&caller);
    let teams = &app.commands.teams;
    let receipt = teams.dispatch(&id.to_string(), command, by).await?;
    let shown = after(&app, &caller, &receipt, id).await;
    shown.done(&receipt, id)
}

/// Ends a team.
#[utoipa::path(delete, path = "/api/v1/organizations/{org_id}/teams/{team_id}",
    tag = "organizations",
    params(("org_id" = uuid::Uuid, Path), ("team_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "It is gone", body = Object)))]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(path): ApiPath<(String, String)>,
) -> Result<Answer, Problem> {
    let (_, team) = path;
    let id: TeamId = team.parse().map_err(|_| Problem::not_found())?;
    let by = headers.context(&caller);
    let teams = &app.commands.teams;
    let receipt = teams.dispatch(&id.to_string(), DeleteTeam {}, by).await?;
    felt(&app, NAME, &receipt).await;
    Answer::done(receipt, json!({ "message": "The team is gone" }))
}
