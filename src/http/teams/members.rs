//! `/api/v1/organizations/{org_id}/teams/{team_id}/members`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use pantheon_events::UserId;
use pantheon_events::teams::{AddTeamMember, RemoveTeamMember, TeamRole};
use pantheon_projections::teams::{self, NAME, TeamMemberRow};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::view::{led, seen};
use crate::app::App;
use crate::http::after::{Shown, shown};
use crate::http::organizations::felt;
use crate::http::{Answer, ApiJson, ApiPath, Caller, CommandHeaders, Problem, ReadOptions};

/// Somebody in a team.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamMember {
    user_id: Uuid,
    /// `lead` or `member`.
    role: String,
    joined_at: DateTime<Utc>,
}

impl From<TeamMemberRow> for TeamMember {
    fn from(row: TeamMemberRow) -> Self {
        Self {
            user_id: row.user_id,
            role: row.role,
            joined_at: row.joined_at,
        }
    }
}

/// Who is in a team.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamMembers {
    members: Vec<TeamMember>,
}

/// Who is in a team, longest first.
#[utoipa::path(get, path = "/api/v1/organizations/{org_id}/teams/{team_id}/members",
    tag = "organizations",
    params(("org_id" = uuid::Uuid, Path), ("team_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The members", body = TeamMembers)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(path): ApiPath<(String, String)>,
) -> Result<Answer, Problem> {
    let (_, team) = path;
    let stand = read.stand(&app.reads, NAME, caller.tenant).await?;
    let team = seen(&app, &caller, &team).await?;
    let rows = teams::members(&app.reads, pantheon_events::TeamId::new(team.id)).await?;
    let members = rows.into_iter().map(TeamMember::from).collect();
    Answer::found(&read, stand, TeamMembers { members })
}

/// Takes an active member of the organisation into the team, or changes what they are in it.
#[utoipa::path(post, path = "/api/v1/organizations/{org_id}/teams/{team_id}/members",
    tag = "organizations", request_body = ref("#/components/schemas/AddTeamMember"),
    params(("org_id" = uuid::Uuid, Path), ("team_id" = uuid::Uuid, Path)),
    responses((status = 201, description = "The member", body = Object)))]
pub async fn add(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(path): ApiPath<(String, String)>,
    ApiJson(command): ApiJson<AddTeamMember>,
) -> Result<Answer, Problem> {
    let (_, team) = path;
    let id = led(&app, &caller, &team).await?;
    let (user_id, role): (UserId, TeamRole) = (command.user_id, command.role);
    let by = headers.context(&caller);
    let teams = &app.commands.teams;
    let receipt = teams.dispatch(&id.to_string(), command, by).await?;
    felt(&app, NAME, &receipt).await;
    let row = async {
        let rows = teams::members(&app.reads, id).await?;
        Ok(rows
            .into_iter()
            .find(|row| row.user_id == user_id.as_uuid()))
    };
    let joined_at = match shown(&app, NAME, &receipt, row).await {
        Shown::Row(row) => Some(row.joined_at),
        Shown::Nothing | Shown::Late => None,
    };
    let location = format!(
        "/api/v1/organizations/{}/teams/{id}/members/{user_id}",
        caller.tenant
    );
    Answer::created(
        receipt,
        &location,
        json!({ "user_id": user_id, "role": role, "joined_at": joined_at }),
    )
}

/// Takes somebody out of a team.
#[utoipa::path(delete, path = "/api/v1/organizations/{org_id}/teams/{team_id}/members/{user_id}",
    tag = "organizations",
    params(("org_id" = uuid::Uuid, Path), ("team_id" = uuid::Uuid, Path),
        ("user_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "They are out", body = Object)))]
pub async fn remove(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(path): ApiPath<(String, String, String)>,
) -> Result<Answer, Problem> {
    let (_, team, user) = path;
    let id = led(&app, &caller, &team).await?;
    let user_id: UserId = user.parse().map_err(|_| Problem::not_found())?;
    let by = headers.context(&caller);
    let command = RemoveTeamMember { user_id };
    let teams = &app.commands.teams;
    let receipt = teams.dispatch(&id.to_string(), command, by).await?;
    felt(&app, NAME, &receipt).await;
    Answer::done(receipt, json!({ "message": "They are out of the team" }))
}
