//! `GET` and `PATCH /api/v1/auth/me`.

use axum::extract::State;
use axum::http::Uri;
use pantheon_projections::users::NAME;
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::{User, answer, find};
use super::{own, session};
use crate::app::App;
use crate::http::{Answer, ApiJson, Caller, CommandHeaders, Problem, ReadOptions};
use crate::identity::{Profile, installation, update_profile};

/// The caller's account. An operator's token has none: its own words are shown.
#[utoipa::path(get, path = "/api/v1/auth/me", tag = "sign-in",
    responses((status = 200, description = "The account", body = User)))]
pub async fn me(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let position = read.stand(&app.reads, NAME, installation()).await?;
    if let Some(unchanged) = read.not_modified(position) {
        return Ok(unchanged);
    }
    if let Some(operator) = User::operator(&caller.principal) {
        return Answer::found(&read, position, operator);
    }
    let user = session(&caller)?.user;
    let person = find(&app, user).await?.ok_or_else(Problem::not_found)?;
    Answer::found(&read, position, User::from(person))
}

/// What is to be said about the caller; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    full_name: Option<String>,
    avatar_url: Option<String>,
    /// A new address is not verified.
    email: Option<String>,
    username: Option<String>,
}

/// A console puts it into its pages: `javascript:` and `data:` are no addresses of pictures.
pub(in crate::http) fn check_picture(field: &str, address: &str) -> Result<(), Problem> {
    let web = Uri::try_from(address).is_ok_and(|address| {
        let scheme = address.scheme_str();
        address.host().is_some_and(|host| !host.is_empty())
            && scheme.is_some_and(|scheme| matches!(scheme, "http" | "https"))
    });
    match web || address.is_empty() {
        true => Ok(()),
        false => Err(Problem::invalid(
            field,
            "expected an address that begins with https:// or http://",
        )),
    }
}

/// Changes what is said about the caller.
#[utoipa::path(patch, path = "/api/v1/auth/me", tag = "sign-in", request_body = Changes,
    responses((status = 200, description = "The account", body = User)))]
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiJson(changes): ApiJson<Changes>,
) -> Result<Answer, Problem> {
    let user = session(&caller)?.user;
    for (field, text) in [
        ("full_name", &changes.full_name),
        ("avatar_url", &changes.avatar_url),
    ] {
        if text.as_ref().is_some_and(|text| text.chars().count() > 500) {
            return Err(Problem::invalid(field, "at most 500 characters"));
        }
    }
    if let Some(address) = &changes.avatar_url {
        check_picture("avatar_url", address)?;
    }
    let profile = Profile {
        email: changes.email,
        username: changes.username,
        full_name: changes.full_name,
        avatar_url: changes.avatar_url,
    };
    let receipt = update_profile(&app, own(&caller, &headers), user, profile).await?;
    answer(&app, user, &receipt, false).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_lies_on_the_web() {
        for address in ["https://a.example/me.png", "http://localhost:1/x", ""] {
            assert!(check_picture("avatar_url", address).is_ok(), "{address}");
        }
        for address in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//a.example/x",
            "https:///x",
            "me.png",
        ] {
            assert!(check_picture("avatar_url", address).is_err(), "{address}");
        }
    }
}
