//! `PUT /api/v1/organizations/{org_id}/features`.

use axum::extract::State;
use pantheon_events::organizations::SetFeatures;
use pantheon_events::{CommandContext, TenantId};

use super::view::{OneOrganization, after};
use crate::app::App;
use crate::http::{Answer, ApiJson, ApiPath, Caller, CommandHeaders, Problem};

/// Changes an organisation's plan, and what of the installation's machines it reaches. The operator does,
/// without being a member.
#[utoipa::path(put, path = "/api/v1/organizations/{org_id}/features", tag = "organizations",
    params(("org_id" = uuid::Uuid, Path)),
    request_body = ref("#/components/schemas/SetFeatures"),
    responses((status = 200, description = "The organisation", body = OneOrganization)))]
pub async fn set(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    ApiJson(command): ApiJson<SetFeatures>,
) -> Result<Answer, Problem> {
    let id: TenantId = id.parse().map_err(|_| Problem::not_found())?;
    let by = CommandContext {
        tenant: id,
        ..headers.context(&caller)
    };
    let organizations = &app.commands.organizations;
    let receipt = organizations.dispatch(&id.to_string(), command, by).await?;
    after(&app, &receipt, id).await.done(&receipt, id)
}
