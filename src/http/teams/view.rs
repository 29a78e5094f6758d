//! Teams on the outside, and who sees and changes which.

use chrono::{DateTime, Utc};
use pantheon_events::teams::TeamRole;
use pantheon_events::{Sequence, TeamId, UserId};
use pantheon_projections::teams::{self, NAME};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::auth::{LEAD_OF_ITS_TEAM, permission};
use crate::http::after::{Shown, shown};
use crate::http::organizations::felt;
use crate::http::{Caller, Problem};
use crate::store::Receipt;

/// A team.
#[derive(Debug, Serialize, ToSchema)]
pub struct Team {
    id: Uuid,
    organization_id: Uuid,
    name: String,
    slug: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Whether others than its members and the organisation's admins see it.
    is_visible: bool,
    #[schema(value_type = Object)]
    settings: Value,
    member_count: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    #[schema(value_type = String)]
    sequence: Sequence,
}

impl From<teams::Team> for Team {
    fn from(row: teams::Team) -> Self {
        Self {
            id: row.id,
            organization_id: row.organization_id,
            name: row.name,
            slug: row.slug,
            description: row.description,
            is_visible: row.is_visible,
            settings: row.settings,
            member_count: row.member_count,
            created_at: row.created_at,
            updated_at: row.updated_at,
            sequence: Sequence::new(row.sequence),
        }
    }
}

/// An answer that carries one team.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneTeam {
    team: Team,
}

impl From<teams::Team> for OneTeam {
    fn from(row: teams::Team) -> Self {
        Self { team: row.into() }
    }
}

/// Who calls, when it is a person.
pub(super) fn user(caller: &Caller) -> Option<UserId> {
    caller.principal.session.map(|session| session.user)
}

/// Whether the caller may change every team here, and so sees every one.
pub(super) fn looks_after_all(caller: &Caller) -> bool {
    caller.may(permission(LEAD_OF_ITS_TEAM), None).is_ok()
}

/// The team, if the caller sees it.
pub(super) async fn seen(app: &App, caller: &Caller, id: &str) -> Result<teams::Team, Problem> {
    let id: TeamId = id.parse().map_err(|_| Problem::not_found())?;
    let team = teams::one(&app.reads, caller.tenant, id).await?;
    let members = app.auth.members();
    let inside = || user(caller).is_some_and(|user| members.team_role(user, id).is_some());
    team.filter(|team| team.is_visible || looks_after_all(caller) || inside())
        .ok_or_else(Problem::not_found)
}

/// The team, if the caller may change it: who looks after all teams, and who leads this one.
pub(super) async fn led(app: &App, caller: &Caller, id: &str) -> Result<TeamId, Problem> {
    let id = TeamId::new(seen(app, caller, id).await?.id);
    let members = app.auth.members();
    let leads = user(caller).and_then(|user| members.team_role(user, id)) == Some(TeamRole::Lead);
    if !leads {
        caller.may(permission(LEAD_OF_ITS_TEAM), None)?;
    }
    Ok(id)
}

/// What a command on a team shows.
pub(super) async fn after(
    app: &App,
    caller: &Caller,
    receipt: &Receipt,
    id: TeamId,
) -> Shown<OneTeam> {
    felt(app, NAME, receipt).await;
    let row = teams::one(&app.reads, caller.tenant, id);
    shown(app, NAME, receipt, row).await.map(OneTeam::from)
}
