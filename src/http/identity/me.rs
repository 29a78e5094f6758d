//! `GET` and `PATCH /api/v1/auth/me`.

use axum::extract::State;
use pantheon_projections::users::NAME;
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::{User, answer, find};
use super::{own, session};
use crate::app::App;
use crate::http::{Answer, ApiJson, Caller, CommandHeaders, Problem, ReadOptions};
use crate::identity::{Profile, update_profile};

/// The caller's account. An operator's token has none: its own words are shown.
#[utoipa::path(get, path = "/api/v1/auth/me", tag = "sign-in",
    responses((status = 200, description = "The account", body = User)))]
pub async fn me(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let position = app.reads.at(NAME, read.min_position, read.wait).await?;
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
    let profile = Profile {
        email: changes.email,
        username: changes.username,
        full_name: changes.full_name,
        avatar_url: changes.avatar_url,
    };
    let receipt = update_profile(&app, own(&caller, &headers), user, profile).await?;
    answer(&app, user, &receipt, false).await
}
