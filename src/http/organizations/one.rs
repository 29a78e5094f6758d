//! `GET`, `PATCH` and `DELETE /api/v1/organizations/{org_id}`.

use axum::extract::State;
use pantheon_events::organizations::{DeleteOrganization, UpdateOrganization};
use pantheon_projections::organizations::{self, NAME};
use serde_json::json;

use super::felt;
use super::view::{OneOrganization, after};
use crate::app::App;
use crate::http::{Answer, ApiJson, Caller, CommandHeaders, Problem, ReadOptions};

/// One organisation that the caller is in.
#[utoipa::path(get, path = "/api/v1/organizations/{org_id}", tag = "organizations",
    params(("org_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The organisation", body = OneOrganization)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let stand = read.stand(&app.reads, NAME, caller.tenant).await?;
    if let Some(unchanged) = read.not_modified(stand) {
        return Ok(unchanged);
    }
    let row = organizations::one(&app.reads, caller.tenant).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    Answer::found(&read, stand, OneOrganization::from(row))
}

/// Changes what is said about an organisation.
#[utoipa::path(patch, path = "/api/v1/organizations/{org_id}", tag = "organizations",
    params(("org_id" = uuid::Uuid, Path)),
    request_body = ref("#/components/schemas/UpdateOrganization"),
    responses((status = 200, description = "The organisation", body = OneOrganization)))]
pub async fn change(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiJson(command): ApiJson<UpdateOrganization>,
) -> Result<Answer, Problem> {
    let (id, by) = (caller.tenant, headers.context(&caller));
    let organizations = &app.commands.organizations;
    let receipt = organizations.dispatch(&id.to_string(), command, by).await?;
    after(&app, &receipt, id).await.done(&receipt, id)
}

/// Ends an organisation and all memberships of it.
#[utoipa::path(delete, path = "/api/v1/organizations/{org_id}", tag = "organizations",
    params(("org_id" = uuid::Uuid, Path)),
    responses((status = 200, description = "It is gone", body = Object)))]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
) -> Result<Answer, Problem> {
    let (id, by) = (caller.tenant, headers.context(&caller));
    let organizations = &app.commands.organizations;
    let receipt = organizations
        .dispatch(&id.to_string(), DeleteOrganization {}, by)
        .await?;
    felt(&app, NAME, &receipt).await;
    Answer::done(receipt, json!({ "message": "The organisation is gone" }))
}
