//! `POST /api/v1/auth/login`.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::{TokenResponse, tokens};
use crate::app::App;
use crate::http::{Answer, ApiJson, Problem, RequestMeta};
use crate::identity::{Attempt, sign_in};

const LONGEST_USER_AGENT: usize = 512;

/// Somebody's name and password. Either name may hold either kind of name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    username: Option<String>,
    email: Option<String>,
    #[schema(value_type = String)]
    password: SecretString,
}

/// Signs in with a name and a password.
#[utoipa::path(post, path = "/api/v1/auth/login", tag = "sign-in", request_body = Login,
    responses((status = 200, description = "A pair of tokens", body = TokenResponse)))]
pub async fn login(
    State(app): State<App>,
    meta: RequestMeta,
    headers: HeaderMap,
    ApiJson(asked): ApiJson<Login>,
) -> Result<Answer, Problem> {
    let name = match (asked.username, asked.email) {
        (Some(name), None) | (None, Some(name)) => name,
        _ => {
            return Err(Problem::invalid(
                "username",
                "give either username or email, and only one of them",
            ));
        }
    };
    let attempt = Attempt {
        name,
        password: asked.password,
        address: meta.address,
        user_agent: user_agent(headers.get(header::USER_AGENT)),
    };
    tokens(&app, sign_in(&app, attempt).await?, true).await
}

/// What somebody says to come with, at most 512 characters of it.
pub(super) fn user_agent(value: Option<&HeaderValue>) -> Option<String> {
    let agent = value.and_then(|value| value.to_str().ok());
    agent.map(|agent| agent.chars().take(LONGEST_USER_AGENT).collect())
}
