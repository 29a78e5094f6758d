//! `POST /oauth/token`: a code for tokens.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use super::login::user_agent;
use super::view::{TokenResponse, tokens};
use crate::app::App;
use crate::http::{Answer, ApiJsonOrForm, Problem, RequestMeta};
use crate::identity::{Came, GithubError, sign_in_with_github, who};

/// A code to exchange.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// A login code, or GitHub's own when the frontend ran the redirect.
    #[schema(value_type = String)]
    code: SecretString,
    redirect_uri: Option<String>,
    #[expect(dead_code, reason = "read so that it is no unknown field")]
    state: Option<String>,
    grant_type: Option<String>,
}

/// Exchanges a code for tokens, once. JSON or a form. The account is made at the first time.
#[utoipa::path(post, path = "/oauth/token", tag = "sign-in", request_body(content(
        (Exchange = "application/json"), (Exchange = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "A pair of tokens", body = TokenResponse)))]
pub async fn token(
    State(app): State<App>,
    meta: RequestMeta,
    headers: HeaderMap,
    ApiJsonOrForm(asked): ApiJsonOrForm<Exchange>,
) -> Result<Answer, Problem> {
    if asked
        .grant_type
        .is_some_and(|kind| kind != "authorization_code")
    {
        return Err(Problem::invalid(
            "grant_type",
            "expected authorization_code",
        ));
    }
    let profile = who(&app, &asked.code, asked.redirect_uri.as_deref()).await?;
    let came = Came {
        code: asked.code,
        address: meta.address,
        user_agent: user_agent(headers.get(header::USER_AGENT)),
    };
    tokens(&app, sign_in_with_github(&app, profile, came).await?, true).await
}

impl From<GithubError> for Problem {
    fn from(error: GithubError) -> Self {
        match error {
            GithubError::Denied => Self {
                detail: "The code is used, old or unknown. Sign in again.".to_owned(),
                ..Self::unauthenticated()
            },
            GithubError::NoEmail => Self::rule(
                "email_required",
                "The GitHub account has no verified primary e-mail address.",
            ),
            GithubError::App(_) | GithubError::Unreachable(_) | GithubError::Strange(_) => {
                tracing::warn!(%error, "GitHub did not say who somebody is");
                Self::unavailable(
                    "github_unavailable",
                    "GitHub does not answer. Try again, or sign in with a password.",
                    5,
                )
            }
        }
    }
}
