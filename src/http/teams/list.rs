//! `GET` and `POST /api/v1/organizations/{org_id}/teams`.

use axum::extract::State;
use pantheon_events::TeamId;
use pantheon_events::teams::CreateTeam;
use pantheon_projections::teams::{self, NAME};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::{OneTeam, Team, after, looks_after_all, user};
use crate::app::App;
use crate::http::organizations::slug;
use crate::http::{Answer, ApiJson, Caller, CommandHeaders, Problem, ReadOptions};

/// The teams of an organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Teams {
    teams: Vec<Team>,
}

/// The teams by name. Invisible ones are shown to their members, and to who looks after teams.
#[utoipa::path(get, path = "/api/v1/organizations/{org_id}/teams", tag = "organizations",
    params(("org_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The teams", body = Teams)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let stand = read.stand(&app.reads, NAME, caller.tenant).await?;
    // Nobody has the nil UUID: an operator without `teams.update` sees what everybody sees.
    let nobody = pantheon_events::UserId::new(uuid::Uuid::nil());
    let seen_by = (!looks_after_all(&caller)).then(|| user(&caller).unwrap_or(nobody));
    let rows = teams::listed(&app.reads, caller.tenant, seen_by).await?;
    let teams = rows.into_iter().map(Team::from).collect();
    Answer::found(&read, stand, Teams { teams })
}

/// A new team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTeam {
    name: String,
    /// 1–63 of `a-z`, `0-9`, `-`; made from the name when left out.
    slug: Option<String>,
    description: Option<String>,
    /// `true` when left out.
    is_visible: Option<bool>,
}

/// Makes a team; the caller leads it.
#[utoipa::path(post, path = "/api/v1/organizations/{org_id}/teams", tag = "organizations",
    params(("org_id" = uuid::Uuid, Path)), request_body = NewTeam,
    responses((status = 201, description = "The team", body = OneTeam)))]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiJson(new): ApiJson<NewTeam>,
) -> Result<Answer, Problem> {
    let slug = slug(new.slug.as_deref(), &new.name)?;
    let id = TeamId::of_slug(caller.tenant, slug.as_str());
    let command = CreateTeam {
        name: new.name,
        slug,
        description: new.description,
        is_visible: new.is_visible.unwrap_or(true),
    };
    let by = headers.context(&caller);
    let teams = &app.commands.teams;
    let receipt = teams.dispatch(&id.to_string(), command, by).await?;
    let shown = after(&app, &caller, &receipt, id).await;
    let location = format!("/api/v1/organizations/{}/teams/{id}", caller.tenant);
    shown.created(&receipt, &location, id)
}
