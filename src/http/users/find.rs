//! Finding accounts by what they are called.

use axum::extract::State;
use pantheon_projections::users::{NAME, UserRow, one};
use serde::Deserialize;
use utoipa::IntoParams;

use super::list::{found, like};
use super::view::manages;
use crate::app::App;
use crate::http::cursor::Limit;
use crate::http::identity::view::User;
use crate::http::{Answer, ApiPath, ApiQuery, Caller, Problem, ReadOptions};
use crate::identity::{find_by_name, person};

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Sought {
    /// A part of the e-mail address, the user name or the name.
    #[serde(default)]
    q: String,
    #[param(value_type = Option<u16>)]
    #[serde(default)]
    limit: Limit,
    cursor: Option<String>,
}

/// Accounts by a part of their names, for those who manage users.
#[utoipa::path(get, path = "/api/v1/users/search", tag = "users", params(Sought),
    responses((status = 200, description = "`{items, next_cursor, position}`", body = Object)))]
pub async fn search(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(sought): ApiQuery<Sought>,
) -> Result<Answer, Problem> {
    let position = app.reads.at(NAME, read.min_position, read.wait).await?;
    if !manages(&caller) {
        return Err(Problem::not_found());
    }
    let wanted = like(sought.q, sought.limit, sought.cursor);
    let (people, next) = found(&app, wanted).await?;
    let items: Vec<User> = people.into_iter().map(User::from).collect();
    Answer::page(&read, position, &items, next)
}

/// The account with an e-mail address, for those who manage users.
#[utoipa::path(get, path = "/api/v1/users/by-email/{email}", tag = "users",
    params(("email" = String, Path)),
    responses((status = 200, description = "The account", body = User)))]
pub async fn by_email(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(email): ApiPath<String>,
) -> Result<Answer, Problem> {
    named(&app, &caller, &read, &email, |row| &row.email_key).await
}

/// The account with a user name, for those who manage users.
#[utoipa::path(get, path = "/api/v1/users/by-username/{username}", tag = "users",
    params(("username" = String, Path)),
    responses((status = 200, description = "The account", body = User)))]
pub async fn by_username(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(username): ApiPath<String>,
) -> Result<Answer, Problem> {
    named(&app, &caller, &read, &username, |row| &row.username_key).await
}

async fn named(
    app: &App,
    caller: &Caller,
    read: &ReadOptions,
    name: &str,
    key_of: impl FnOnce(&UserRow) -> &String,
) -> Result<Answer, Problem> {
    let position = app.reads.at(NAME, read.min_position, read.wait).await?;
    if !manages(caller) {
        return Err(Problem::not_found());
    }
    let id = find_by_name(app, name).await?;
    let id = id.ok_or_else(Problem::not_found)?;
    let row = one(&app.reads, id).await?.ok_or_else(Problem::not_found)?;
    // Either kind of name finds an account; only the one that was asked for is answered.
    if *key_of(&row) != app.personal.name_key(name).await?.as_str() {
        return Err(Problem::not_found());
    }
    Answer::found(read, position, User::from(person(app, row).await?))
}
