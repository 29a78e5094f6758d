//! `GET` and `POST /api/v1/organizations/{org_id}/members`.

use axum::extract::State;
use pantheon_events::organizations::{InviteMember, OrgRole};
use pantheon_projections::organizations::{self, NAME};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::{self, Member, after_member};
use crate::app::App;
use crate::http::openapi::named;
use crate::http::{Answer, ApiJson, Caller, CommandHeaders, Problem, ReadOptions};
use crate::identity::find_by_name;

/// Who is in an organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Members {
    members: Vec<Member>,
}

/// Who is in an organisation or was asked to join it, oldest first.
#[utoipa::path(get, path = "/api/v1/organizations/{org_id}/members", tag = "organizations",
    params(("org_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The members", body = Members)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let position = app.reads.at(NAME, read.min_position, read.wait).await?;
    let rows = organizations::members(&app.reads, caller.tenant).await?;
    let members = view::members(&app, rows).await?;
    Answer::found(&read, position, Members { members })
}

/// Whom to ask.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// An e-mail address or a user name.
    identifier: String,
    /// `member` when left out; never `owner`.
    #[serde(default)]
    #[schema(schema_with = named::<OrgRole>)]
    role: OrgRole,
}

/// Asks somebody with an account to join.
#[utoipa::path(post, path = "/api/v1/organizations/{org_id}/members", tag = "organizations",
    params(("org_id" = uuid::Uuid, Path)), request_body = Invitation,
    responses((status = 201, description = "The invitation", body = Member)))]
pub async fn invite(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiJson(asked): ApiJson<Invitation>,
) -> Result<Answer, Problem> {
    let (id, by) = (caller.tenant, headers.context(&caller));
    let user_id = find_by_name(&app, &asked.identifier).await?;
    let user_id = user_id.ok_or_else(Problem::not_found)?;
    let role = asked.role;
    let organizations = &app.commands.organizations;
    let command = InviteMember { user_id, role };
    let receipt = organizations.dispatch(&id.to_string(), command, by).await?;
    let shown = after_member(&app, &receipt, id, user_id).await?;
    let location = format!("/api/v1/organizations/{id}/members/{user_id}");
    shown.created(&receipt, &location, user_id)
}
