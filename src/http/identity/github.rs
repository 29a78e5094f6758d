//! `/api/v1/auth/github…`: the browser's way to GitHub and back, and linking.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

use super::view::{User, answer};
use super::{own, session};
use crate::app::App;
use crate::http::query::pairs_of;
use crate::http::{Answer, ApiJson, ApiQuery, Caller, CommandHeaders, Problem};
use crate::identity::{self, GithubError, IdentityError, STATE_LIFE, Turned};

/// Holds a nonce and nothing else: it signs nobody in.
const COOKIE: &str = "pantheon_github";
const PATH: &str = "/api/v1/auth/github";
const HOME: &str = "/dashboard";

/// Where the browser wants to be in the end.
#[derive(Debug, Deserialize)]
pub struct Depart {
    redirect: Option<String>,
}

/// Sends the browser to GitHub; it comes back to `redirect`.
#[utoipa::path(get, path = "/api/v1/auth/github", tag = "sign-in",
    params(("redirect" = Option<String>, Query, description = "a path of the frontend; `/dashboard` when left out")),
    responses((status = 302, description = "To GitHub, or to the frontend with `error=github_not_configured`")))]
pub async fn depart(
    State(app): State<App>,
    ApiQuery(asked): ApiQuery<Depart>,
) -> Result<Response, Problem> {
    let redirect = asked.redirect.as_deref().unwrap_or(HOME);
    if !is_path(redirect) {
        return Err(Problem::malformed_field(
            "redirect",
            "expected a path, as in /dashboard",
        ));
    }
    let Some(github) = &app.github else {
        return Ok(frontend(&app, &[("error", "github_not_configured")]));
    };
    let departure = identity::depart(&app, github, redirect);
    let mut response = found(&departure.url);
    let life = STATE_LIFE.num_seconds();
    let cookie = cookie(&app, &departure.nonce, life);
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Takes the browser that comes back from GitHub on to the frontend, with a login code.
#[utoipa::path(get, path = "/api/v1/auth/github/callback", tag = "sign-in",
    params(("code" = Option<String>, Query), ("state" = Option<String>, Query),
        ("error" = Option<String>, Query), ("error_description" = Option<String>, Query),
        ("error_uri" = Option<String>, Query)),
    responses((status = 302, description = "To the frontend's `/auth/callback`")))]
pub async fn arrive(
    State(app): State<App>,
    headers: HeaderMap,
    uri: axum::http::Uri,
) -> Result<Response, Problem> {
    let query: BTreeMap<String, String> = pairs_of(&uri)?;
    let nonce = kept(&headers);
    let arrived = match &app.github {
        None => Err(Turned("github_not_configured")),
        Some(github) => identity::arrive(&app, github, &query, nonce.as_deref()).await,
    };
    let mut response = match arrived {
        Ok(arrival) => {
            let there = [
                ("code", arrival.code.as_str()),
                ("state", arrival.redirect.as_str()),
            ];
            frontend(&app, &there)
        }
        Err(Turned(word)) => frontend(&app, &[("error", word)]),
    };
    let gone = cookie(&app, "", 0);
    response.headers_mut().append(header::SET_COOKIE, gone);
    Ok(response)
}

/// A code of GitHub's, or a login code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GithubCode {
    #[schema(value_type = String)]
    code: SecretString,
    redirect_uri: Option<String>,
}

/// Lets the caller sign in with a GitHub account too.
#[utoipa::path(post, path = "/api/v1/auth/github/link", tag = "sign-in", request_body = GithubCode,
    responses((status = 200, description = "The account", body = User)))]
pub async fn link(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiJson(asked): ApiJson<GithubCode>,
) -> Result<Answer, Problem> {
    let user = session(&caller)?.user;
    let profile = identity::who(&app, &asked.code, asked.redirect_uri.as_deref()).await;
    let profile = profile.map_err(|error| match error {
        GithubError::Denied => bad_code(),
        error => error.into(),
    })?;
    let by = own(&caller, &headers);
    let receipt = identity::link(&app, by, user, &profile, &asked.code).await;
    let receipt = receipt.map_err(|error| match error {
        IdentityError::InvalidToken => bad_code(),
        error => error.into(),
    })?;
    answer(&app, user, &receipt, false).await
}

/// Takes the link back, unless there is nothing else to sign in with.
#[utoipa::path(delete, path = "/api/v1/auth/github/link", tag = "sign-in",
    responses((status = 200, description = "The account", body = User)))]
pub async fn unlink(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
) -> Result<Answer, Problem> {
    let user = session(&caller)?.user;
    let receipt = identity::unlink(&app, own(&caller, &headers), user).await?;
    answer(&app, user, &receipt, false).await
}

/// Not 401: the caller's token is good, and clients would renew it and send the code again.
fn bad_code() -> Problem {
    let detail = "The code is used, old or unknown. Start at /api/v1/auth/github again.";
    Problem::rule("code_invalid", detail).with_error("code", detail)
}

/// A path of the frontend and of nobody else: one leading `/`, no `//`, no backslash, nothing that is not
/// printed.
fn is_path(text: &str) -> bool {
    text.starts_with('/')
        && text.len() <= 1024
        && !text.contains("//")
        && !text.contains('\\')
        && !text.contains(char::is_control)
}

fn frontend(app: &App, query: &[(&str, &str)]) -> Response {
    let base = app
        .config
        .frontend_url
        .as_ref()
        .or(app.config.public_url.as_ref());
    let base = base.map_or("", |url| url.expose()).trim_end_matches('/');
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(query)
        .finish();
    found(&format!("{base}/auth/callback?{query}"))
}

fn found(to: &str) -> Response {
    // Whatever stands in it was percent-encoded.
    let to = HeaderValue::from_str(to).unwrap_or_else(|_| HeaderValue::from_static("/"));
    let headers = [
        (header::LOCATION, to),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (StatusCode::FOUND, headers).into_response()
}

fn cookie(app: &App, value: &str, life: i64) -> HeaderValue {
    let secure = match &app.github {
        Some(github) if github.returns_by_tls() => "; Secure",
        _ => "",
    };
    let text =
        format!("{COOKIE}={value}; Path={PATH}; Max-Age={life}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).expect("base64url stands in a header")
}

fn kept(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(header::COOKIE).iter();
    let pairs = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'));
    let pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    let mut ours = pairs.filter(|(name, _)| *name == COOKIE);
    ours.next().map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::is_path;

    #[test]
    fn nobody_is_sent_to_another_place() {
        for good in ["/", "/dashboard", "/a/b?c=d#e"] {
            assert!(is_path(good), "{good}");
        }
        for bad in [
            "",
            "dashboard",
            "//evil.example",
            "/\\evil.example",
            "/a//b",
            "/a\nb",
            "https://x",
        ] {
            assert!(!is_path(bad), "{bad}");
        }
    }
}
