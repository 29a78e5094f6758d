//! `/api/v1/organizations/{org_id}/members/{user_id}/permissions`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use pantheon_events::organizations::{GrantPermission, OrgRole, RevokePermission};
use pantheon_events::{TenantId, UserId};
use pantheon_projections::organizations::{self, NAME};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::felt;
use crate::app::App;
use crate::auth::Role;
use crate::http::{Answer, ApiJson, ApiPath, Caller, CommandHeaders, Problem, ReadOptions};

/// A permission beside a member's role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DirectGrant)]
pub struct Grant {
    /// A code of `GET /permissions`.
    permission: String,
    /// For good when left out.
    #[serde(default, deserialize_with = "pantheon_events::time::optional")]
    expires_at: Option<DateTime<Utc>>,
}

/// A permission that somebody holds beside the role.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantedPermission {
    permission: String,
    /// For good when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<DateTime<Utc>>,
}

/// The permissions beside a member's role.
#[derive(Debug, Serialize, ToSchema)]
pub struct Grants {
    permissions: Vec<GrantedPermission>,
}

/// What a member holds beside the role.
#[utoipa::path(get, path = "/api/v1/organizations/{org_id}/members/{user_id}/permissions",
    tag = "organizations",
    params(("org_id" = uuid::Uuid, Path), ("user_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The permissions", body = Grants)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(path): ApiPath<(String, String)>,
) -> Result<Answer, Problem> {
    let (_, user) = path;
    owner(&caller)?;
    let stand = read.stand(&app.reads, NAME, caller.tenant).await?;
    let user = id(&user)?;
    let member = organizations::member(&app.reads, caller.tenant, user).await?;
    let grants = member.ok_or_else(Problem::not_found)?.grants;
    let permissions = grants
        .into_iter()
        .map(|(permission, expires_at)| GrantedPermission {
            permission,
            expires_at,
        });
    let permissions = permissions.collect();
    Answer::found(&read, stand, Grants { permissions })
}

/// Gives a member one permission more than the role has; only the owner does.
#[utoipa::path(post, path = "/api/v1/organizations/{org_id}/members/{user_id}/permissions",
    tag = "organizations", request_body = Grant,
    params(("org_id" = uuid::Uuid, Path), ("user_id" = uuid::Uuid, Path)),
    responses((status = 201, description = "The permission", body = GrantedPermission)))]
pub async fn grant(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(path): ApiPath<(String, String)>,
    ApiJson(grant): ApiJson<Grant>,
) -> Result<Answer, Problem> {
    let (_, user) = path;
    let (tenant, user_id) = (caller.tenant, id(&user)?);
    let command = GrantPermission {
        user_id,
        permission: grant.permission.clone(),
        expires_at: grant.expires_at,
    };
    let by = headers.context(&caller);
    let organizations = &app.commands.organizations;
    let receipt = organizations
        .dispatch(&tenant.to_string(), command, by)
        .await?;
    felt(&app, NAME, &receipt).await;
    let location = format!(
        "/api/v1/organizations/{tenant}/members/{user_id}/permissions/{}",
        grant.permission
    );
    let granted = GrantedPermission {
        permission: grant.permission,
        expires_at: grant.expires_at,
    };
    Answer::created(receipt, &location, granted)
}

/// Takes back what was given beside the role; only the owner does.
#[utoipa::path(delete,
    path = "/api/v1/organizations/{org_id}/members/{user_id}/permissions/{code}",
    tag = "organizations",
    params(("org_id" = uuid::Uuid, Path), ("user_id" = uuid::Uuid, Path), ("code" = String, Path)),
    responses((status = 200, description = "It is taken back", body = Object)))]
pub async fn revoke(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(path): ApiPath<(String, String, String)>,
) -> Result<Answer, Problem> {
    let (_, user, permission) = path;
    let user_id = id(&user)?;
    let command = RevokePermission {
        user_id,
        permission,
    };
    let by = headers.context(&caller);
    let organizations = &app.commands.organizations;
    let receipt = organizations
        .dispatch(&caller.tenant.to_string(), command, by)
        .await?;
    felt(&app, NAME, &receipt).await;
    Answer::done(
        receipt,
        json!({ "message": "The permission is taken back" }),
    )
}

fn id(text: &str) -> Result<UserId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// The owner sees this; where there is none, the operator.
fn owner(caller: &Caller) -> Result<(), Problem> {
    let operator = caller.tenant == TenantId::default_organization()
        && caller.principal.role == Some(Role::Admin);
    match operator || caller.principal.org_role == Some(OrgRole::Owner) {
        true => Ok(()),
        false => Err(Problem::forbidden(
            "Only the owner of the organisation may do this.",
        )),
    }
}
