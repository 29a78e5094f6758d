//! `GET /api/v1/auth/permissions`.

use axum::extract::State;
use pantheon_events::TenantId;
use pantheon_events::organizations::OrgRole;
use pantheon_projections::organizations;
use pantheon_projections::organizations::NAME;
use pantheon_projections::teams::NAME as TEAMS;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::Role;
use crate::http::organizations::standing::Standing;
use crate::http::{Answer, Caller, Problem, ReadOptions};

/// What the caller may do where the token acts.
#[derive(Debug, Serialize, ToSchema)]
pub struct Permissions {
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    /// Codes, in the order of the registry.
    permissions: Vec<&'static str>,
    /// What of the installation's machines the organisation reaches; empty in a personal space.
    #[schema(value_type = Object)]
    features: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<Organization>,
}

/// Where the token acts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ActingIn)]
pub struct Organization {
    #[schema(value_type = uuid::Uuid)]
    id: TenantId,
    /// The caller's role as a member.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
}

/// What the caller may do, for interfaces that show only that.
#[utoipa::path(get, path = "/api/v1/auth/permissions", tag = "sign-in",
    responses((status = 200, description = "The permissions", body = Permissions)))]
pub async fn permissions(
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
    let session = caller.principal.session;
    let personal = session.is_some_and(|s| TenantId::personal(s.user) == caller.tenant);
    let features = match personal {
        true => None,
        false => organizations::one(&app.reads, caller.tenant).await?,
    };
    // Who is nobody here any more holds nothing.
    let principal = now.principal.as_ref().unwrap_or(&caller.principal);
    let answer = Permissions {
        role: session.map_or(principal.role, |session| Some(session.role)),
        permissions: principal.powers.codes().collect(),
        features: features.map_or_else(|| json!({}), |organization| organization.features),
        organization: (!personal).then_some(Organization {
            id: caller.tenant,
            role: principal.org_role.map(OrgRole::as_str),
        }),
    };
    now.answer(&read, answer)
}
