//! `GET /api/v1/organizations/{org_id}/me`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use pantheon_events::TeamId;
use pantheon_events::organizations::OrgRole;
use pantheon_events::teams::TeamRole;
use pantheon_projections::organizations::NAME;
use pantheon_projections::teams::NAME as TEAMS;
use serde::Serialize;
use utoipa::ToSchema;

use super::list::word;
use super::standing::Standing;
use crate::app::App;
use crate::auth::Powers;
use crate::http::{Answer, Caller, Problem, ReadOptions};

/// Why the caller may do what in an organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// `owner`, `admin`, `member` or `viewer`.
    role: &'static str,
    status: &'static str,
    teams: Vec<TeamOfMine>,
    /// Every code with every source it comes from.
    permissions: Vec<Held>,
}

/// A team that the caller is in.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamOfMine {
    #[schema(value_type = uuid::Uuid)]
    id: TeamId,
    #[schema(value_type = String)]
    role: TeamRole,
}

/// A permission and where it comes from.
#[derive(Debug, Serialize, ToSchema)]
pub struct Held {
    code: String,
    /// `role`, `team_role` or `direct`.
    source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
}

/// What the caller may do in an organisation, and why.
#[utoipa::path(get, path = "/api/v1/organizations/{org_id}/me", tag = "organizations",
    params(("org_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The caller's standing", body = Me)))]
pub async fn me(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let stand = read.stand(&app.reads, NAME, caller.tenant).await?;
    let stand = stand.and(read.stand(&app.reads, TEAMS, caller.tenant).await?);
    let now = Standing::at(&app, &caller, &read, stand).await;
    if let Some(unchanged) = now.not_modified(&read) {
        return Ok(unchanged);
    }
    let principal = now.principal.as_ref().ok_or_else(Problem::not_found)?;
    let role = principal.role.ok_or_else(Problem::not_found)?;
    let of_role = match principal.org_role {
        Some(role) => Powers::of_org_role(role),
        None => Powers::of_role(role),
    };
    let mut permissions: Vec<Held> = held(of_role, "role").collect();
    let (mut teams, mut grants) = (Vec::new(), Vec::new());
    if let Some(session) = principal.session {
        let members = app.auth.members();
        if let Some(there) = members.standing(&session, caller.tenant, app.clock.now()) {
            (teams, grants) = (there.teams, there.grants);
        }
    }
    let of_teams = teams.iter().fold(Powers::NONE, |sum, (_, role)| {
        sum.and(Powers::of_team_role(*role))
    });
    permissions.extend(held(of_teams, "team_role"));
    permissions.extend(grants.into_iter().map(|(code, expires_at)| Held {
        code,
        source: "direct",
        expires_at,
    }));
    let teams = teams.into_iter();
    let answer = Me {
        role: principal
            .org_role
            .map_or_else(|| word(role), OrgRole::as_str),
        status: "active",
        teams: teams.map(|(id, role)| TeamOfMine { id, role }).collect(),
        permissions,
    };
    now.answer(&read, answer)
}

fn held(powers: Powers, source: &'static str) -> impl Iterator<Item = Held> {
    powers.codes().map(move |code| Held {
        code: code.to_owned(),
        source,
        expires_at: None,
    })
}
