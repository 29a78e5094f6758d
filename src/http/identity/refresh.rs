//! `POST /api/v1/auth/refresh`.

use axum::extract::State;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::{TokenResponse, tokens};
use crate::app::App;
use crate::http::{Answer, ApiJson, Problem};

/// The refresh token of a session.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    #[schema(value_type = String)]
    refresh_token: SecretString,
}

/// A new pair of tokens; the one that is shown is used up.
#[utoipa::path(post, path = "/api/v1/auth/refresh", tag = "sign-in", request_body = Refresh,
    responses((status = 200, description = "A new pair of tokens", body = TokenResponse)))]
pub async fn refresh(
    State(app): State<App>,
    ApiJson(asked): ApiJson<Refresh>,
) -> Result<Answer, Problem> {
    let next = crate::identity::refresh(&app, asked.refresh_token.expose_secret()).await?;
    tokens(&app, next, true).await
}
