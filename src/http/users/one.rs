//! `GET /api/v1/users/{id}` and `/users/me`.

use axum::extract::State;
use pantheon_projections::users::NAME;
use serde::Serialize;
use utoipa::ToSchema;

use super::view::{known, own, visible};
use crate::app::App;
use crate::http::identity::view::User;
use crate::http::{Answer, ApiPath, Caller, Problem, ReadOptions};

/// An account, for those who manage users and for its owner.
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "users",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The account", body = User)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(id): ApiPath<String>,
) -> Result<Answer, Problem> {
    let position = app.reads.at(NAME, read.min_position, read.wait).await?;
    let id = visible(&caller, &id)?;
    Answer::found(&read, position, User::from(known(&app, id).await?))
}

/// The caller, and what they may do where the token acts.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    #[serde(flatten)]
    user: User,
    /// Codes, in the order of the registry.
    permissions: Vec<&'static str>,
}

/// The caller's account and permissions.
#[utoipa::path(get, path = "/api/v1/users/me", tag = "users",
    responses((status = 200, description = "The account", body = Me)))]
pub async fn me(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let position = app.reads.at(NAME, read.min_position, read.wait).await?;
    let user = match (User::operator(&caller.principal), own(&caller)) {
        (Some(operator), _) => operator,
        (None, Some(session)) => User::from(known(&app, session.user).await?),
        (None, None) => return Err(Problem::not_found()),
    };
    let permissions = caller.principal.powers.codes().collect();
    // What somebody may do changes without the account.
    Answer::looked(position, Me { user, permissions })
}
