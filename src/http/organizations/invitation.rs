//! `POST /api/v1/organizations/{org_id}/members/accept` and `/decline`.

use axum::extract::State;
use pantheon_events::organizations::{AcceptInvitation, DeclineInvitation, OrganizationCommand};
use pantheon_events::{CommandContext, TenantId, UserId};
use pantheon_projections::organizations::NAME;
use serde_json::json;

use super::view::{Member, after_member};
use super::{felt, person};
use crate::app::App;
use crate::http::{Answer, ApiPath, Caller, CommandHeaders, Problem};
use crate::store::Receipt;

/// Joins an organisation that asked the caller to.
#[utoipa::path(post, path = "/api/v1/organizations/{org_id}/members/accept", tag = "organizations",
    params(("org_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The membership", body = Member)))]
pub async fn accept(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
) -> Result<Answer, Problem> {
    let (id, user_id) = (organization(&id)?, person(&caller)?);
    let receipt = answer(&app, &caller, &headers, id, AcceptInvitation { user_id }).await?;
    let shown = after_member(&app, &receipt, id, user_id).await?;
    shown.done(&receipt, user_id)
}

/// Turns an invitation down.
#[utoipa::path(post, path = "/api/v1/organizations/{org_id}/members/decline", tag = "organizations",
    params(("org_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The invitation is gone", body = Object)))]
pub async fn decline(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
) -> Result<Answer, Problem> {
    let (id, user_id): (TenantId, UserId) = (organization(&id)?, person(&caller)?);
    let receipt = answer(&app, &caller, &headers, id, DeclineInvitation { user_id }).await?;
    felt(&app, NAME, &receipt).await;
    Answer::done(
        receipt,
        json!({ "message": "The invitation is turned down" }),
    )
}

fn organization(id: &str) -> Result<TenantId, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}

/// Sends the caller's answer to where they were invited, and are no member yet.
async fn answer(
    app: &App,
    caller: &Caller,
    headers: &CommandHeaders,
    tenant: TenantId,
    command: impl Into<OrganizationCommand>,
) -> Result<Receipt, Problem> {
    let by = CommandContext {
        tenant,
        ..headers.context(caller)
    };
    let organizations = &app.commands.organizations;
    Ok(organizations
        .dispatch(&tenant.to_string(), command, by)
        .await?)
}
