//! `POST /api/v1/auth/switch-organization`.

use axum::extract::State;
use pantheon_events::TenantId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::session;
use super::view::{TokenResponse, tokens};
use crate::app::App;
use crate::http::{Answer, ApiJson, Caller, Problem};
use crate::identity::switch_organization;

/// Where to act from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// An organisation; null or left out = the personal space.
    #[schema(value_type = Option<uuid::Uuid>)]
    organization_id: Option<TenantId>,
}

/// Lets the caller's session act in another organisation; both tokens are new.
#[utoipa::path(post, path = "/api/v1/auth/switch-organization", tag = "sign-in",
    request_body = Switch,
    responses((status = 200, description = "A new pair of tokens", body = TokenResponse)))]
pub async fn switch(
    State(app): State<App>,
    caller: Caller,
    ApiJson(asked): ApiJson<Switch>,
) -> Result<Answer, Problem> {
    let session = session(&caller)?;
    let next = switch_organization(&app, session, asked.organization_id).await?;
    tokens(&app, next, false).await
}
