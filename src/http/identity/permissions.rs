//! `GET /api/v1/auth/permissions`.

use axum::extract::State;
use pantheon_events::TenantId;
use pantheon_projections::users::NAME;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::{PERMISSIONS, Role, permission};
use crate::http::{Answer, Caller, Problem, ReadOptions};

/// What the caller may do where the token acts.
#[derive(Debug, Serialize, ToSchema)]
pub struct Permissions {
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    /// Codes, in the order of the registry.
    permissions: Vec<&'static str>,
    /// Switches for interfaces; none are set.
    #[schema(value_type = Object)]
    features: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<Organization>,
}

/// Where the token acts.
#[derive(Debug, Serialize, ToSchema)]
pub struct Organization {
    #[schema(value_type = uuid::Uuid)]
    id: TenantId,
}

/// What the caller may do, for interfaces that show only that.
#[utoipa::path(get, path = "/api/v1/auth/permissions", tag = "sign-in",
    responses((status = 200, description = "The permissions", body = Permissions)))]
pub async fn permissions(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let position = app.reads.at(NAME, read.min_position, read.wait).await?;
    let session = caller.principal.session;
    let personal = session.is_some_and(|s| TenantId::personal(s.user) == caller.tenant);
    let held = PERMISSIONS
        .iter()
        .map(|permission| permission.code)
        .filter(|code| caller.may(permission(code), None).is_ok());
    let answer = Permissions {
        role: session.map_or(caller.principal.role, |session| Some(session.role)),
        permissions: held.collect(),
        features: Map::new(),
        organization: (!personal).then_some(Organization { id: caller.tenant }),
    };
    Answer::found(&read, position, answer)
}
