//! `GET /api/v1/permissions` and `GET /api/v1/roles`: the console's codes, and which role holds what.

use axum::extract::State;
use pantheon_events::organizations::OrgRole;
use pantheon_events::teams::TeamRole;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::{CONSOLE_CODES, LEAD_OF_ITS_TEAM, PERMISSIONS, Powers, Role};
use crate::http::moment::reach;
use crate::http::{Answer, Problem, ReadOptions};

/// The console's permission codes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Codes {
    permissions: Vec<Code>,
}

/// One code.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PermissionCode)]
pub struct Code {
    code: &'static str,
    /// What it is about.
    resource: &'static str,
    /// What it lets do.
    verb: &'static str,
}

/// Every permission code that roles in organisations and teams are made of.
#[utoipa::path(get, path = "/api/v1/permissions", tag = "organizations",
    responses((status = 200, description = "The codes", body = Codes)))]
pub async fn permissions(State(app): State<App>, read: ReadOptions) -> Result<Answer, Problem> {
    let stand = app.built(reach(&app.log, &read).await?);
    if let Some(unchanged) = read.not_modified(stand) {
        return Ok(unchanged);
    }
    let codes = console().map(|code| {
        let (resource, verb) = code.rsplit_once('.').unwrap_or((code, ""));
        Code {
            code,
            resource,
            verb,
        }
    });
    let permissions = codes.collect();
    Answer::found(&read, stand, Codes { permissions })
}

/// The roles and what they hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct Roles {
    roles: Vec<RoleCodes>,
}

/// One role.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleCodes {
    /// `org:…`, `team:…`, or `admin` of the installation.
    role: &'static str,
    permissions: Vec<&'static str>,
    total: usize,
}

/// Every role and the codes it holds.
#[utoipa::path(get, path = "/api/v1/roles", tag = "organizations",
    responses((status = 200, description = "The roles", body = Roles)))]
pub async fn roles(State(app): State<App>, read: ReadOptions) -> Result<Answer, Problem> {
    let stand = app.built(reach(&app.log, &read).await?);
    if let Some(unchanged) = read.not_modified(stand) {
        return Ok(unchanged);
    }
    let lead = Powers::of_team_role(TeamRole::Lead).and(Powers::of_codes([LEAD_OF_ITS_TEAM]));
    let roles = vec![
        role("org:owner", Powers::of_org_role(OrgRole::Owner)),
        role("org:admin", Powers::of_org_role(OrgRole::Admin)),
        role("org:member", Powers::of_org_role(OrgRole::Member)),
        role("org:viewer", Powers::of_org_role(OrgRole::Viewer)),
        role("team:lead", lead),
        role("team:member", Powers::of_team_role(TeamRole::Member)),
        role("admin", Powers::of_role(Role::Admin)),
    ];
    Answer::found(&read, stand, Roles { roles })
}

fn console() -> impl Iterator<Item = &'static str> {
    PERMISSIONS[..CONSOLE_CODES]
        .iter()
        .map(|permission| permission.code)
}

fn role(role: &'static str, powers: Powers) -> RoleCodes {
    let held = console().filter(|code| powers.grant(code).is_some());
    let permissions: Vec<_> = held.collect();
    RoleCodes {
        role,
        total: permissions.len(),
        permissions,
    }
}
