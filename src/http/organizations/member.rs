//! `PATCH` and `DELETE /api/v1/organizations/{org_id}/members/{user_id}`.

use axum::extract::State;
use pantheon_events::UserId;
use pantheon_events::organizations::{
    ChangeMemberRole, OrgRole, OrganizationCommand, ReinstateMember, RemoveMember, SuspendMember,
    TransferOwnership,
};
use pantheon_projections::organizations::NAME;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::felt;
use super::view::{Member, after_member};
use crate::app::App;
use crate::auth::permission;
use crate::http::openapi::maybe;
use crate::http::{Answer, ApiJson, ApiPath, Caller, CommandHeaders, Problem};

/// What a member is to be; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberChanges {
    /// `owner` hands the organisation over.
    #[schema(schema_with = maybe::<OrgRole>)]
    role: Option<OrgRole>,
    /// `active` or `suspended`.
    status: Option<Wanted>,
}

/// Whether a member is shut out.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MemberStanding)]
pub enum Wanted {
    /// In.
    Active,
    /// Shut out for now.
    Suspended,
}

/// Changes what a member is, or shuts a member out for now.
#[utoipa::path(patch, path = "/api/v1/organizations/{org_id}/members/{user_id}",
    tag = "organizations", request_body = MemberChanges,
    params(("org_id" = uuid::Uuid, Path), ("user_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The member", body = Member)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(path): ApiPath<(String, String)>,
    ApiJson(changes): ApiJson<MemberChanges>,
) -> Result<Answer, Problem> {
    let (_, user) = path;
    let user_id: UserId = user.parse().map_err(|_| Problem::not_found())?;
    let role = changes.role.map(|role| -> OrganizationCommand {
        match role {
            OrgRole::Owner => TransferOwnership { user_id }.into(),
            role => ChangeMemberRole { user_id, role }.into(),
        }
    });
    let status = changes.status.map(|status| -> OrganizationCommand {
        match status {
            Wanted::Active => ReinstateMember { user_id }.into(),
            Wanted::Suspended => SuspendMember { user_id }.into(),
        }
    });
    let (id, by) = (caller.tenant, headers.context(&caller));
    let organizations = &app.commands.organizations;
    let stream = id.to_string();
    let receipt = match (role, status) {
        (None, None) => return Err(Problem::invalid("role", "give role, status or both")),
        (Some(command), None) | (None, Some(command)) => {
            organizations.dispatch(&stream, command, by).await?
        }
        (Some(role), Some(status)) => {
            let second = by.step("status");
            organizations.dispatch(&stream, role, by).await?;
            organizations.dispatch(&stream, status, second).await?
        }
    };
    let shown = after_member(&app, &receipt, id, user_id).await?;
    shown.done(&receipt, user_id)
}

/// Ends a membership or an invitation. Everybody may end their own.
#[utoipa::path(delete, path = "/api/v1/organizations/{org_id}/members/{user_id}",
    tag = "organizations",
    params(("org_id" = uuid::Uuid, Path), ("user_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "It is gone", body = Object)))]
pub async fn remove(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(path): ApiPath<(String, String)>,
) -> Result<Answer, Problem> {
    let (_, user) = path;
    let user_id: UserId = user.parse().map_err(|_| Problem::not_found())?;
    if caller.principal.session.map(|session| session.user) != Some(user_id) {
        caller.may(permission("organization.members.manage"), None)?;
    }
    let by = headers.context(&caller);
    let organizations = &app.commands.organizations;
    let receipt = organizations
        .dispatch(&caller.tenant.to_string(), RemoveMember { user_id }, by)
        .await?;
    felt(&app, NAME, &receipt).await;
    Answer::done(receipt, json!({ "message": "The membership has ended" }))
}
