//! Letting accounts in and shutting them out.

use axum::extract::State;
use pantheon_events::UserId;
use pantheon_events::users::{ActivateUser, DeactivateUser};
use pantheon_projections::users::NAME;
use serde::Deserialize;
use utoipa::IntoParams;

use super::view::by;
use crate::app::App;
use crate::http::after::reached;
use crate::http::identity::view::{User, answer};
use crate::http::{Answer, ApiJsonOrEmpty, ApiPath, ApiQuery, Caller, CommandHeaders, Problem};
use crate::identity;
use crate::store::Receipt;

/// Nothing to say.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

fn parsed(id: &str) -> Result<UserId, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}

/// Lets this node know at once how an account stands; the others know when they have followed the log there.
/// What stands is asked, because a repeated command answers as it did when things were different.
async fn known_here(app: &App, id: UserId) -> Result<(), Problem> {
    let user = app.commands.users.load(&id.to_string()).await?.aggregate;
    app.accounts
        .change(id, |account| account.inactive = user.inactive);
    Ok(())
}

async fn shut_out(
    app: &App,
    caller: &Caller,
    headers: &CommandHeaders,
    id: UserId,
) -> Result<Receipt, Problem> {
    let users = &app.commands.users;
    let by = by(caller, headers);
    let receipt = users
        .dispatch(&id.to_string(), DeactivateUser {}, by)
        .await?;
    known_here(app, id).await?;
    Ok(receipt)
}

/// Shuts an account out: its sessions end, and open sockets are cut.
#[utoipa::path(post, path = "/api/v1/users/{id}/deactivate", tag = "users",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The account", body = User)))]
pub async fn deactivate(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    _body: ApiJsonOrEmpty<Nothing>,
) -> Result<Answer, Problem> {
    let id = parsed(&id)?;
    let receipt = shut_out(&app, &caller, &headers, id).await?;
    answer(&app, id, &receipt, false).await
}

/// What becomes of the person's data.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Removal {
    /// Whether what is said about the person is to be erased too.
    #[serde(default)]
    erase: bool,
}

/// The same as `deactivate`: what the account did stays told.
#[utoipa::path(delete, path = "/api/v1/users/{id}", tag = "users",
    params(("id" = uuid::Uuid, Path), Removal),
    responses((status = 204, description = "The account is shut out")))]
pub async fn remove(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    ApiQuery(removal): ApiQuery<Removal>,
) -> Result<Answer, Problem> {
    let id = parsed(&id)?;
    if removal.erase {
        return Err(Problem::rule(
            "rule_violated",
            "Nobody can be erased here yet. Leave `erase` out to shut the account out.",
        ));
    }
    let receipt = shut_out(&app, &caller, &headers, id).await?;
    reached(&app, NAME, &receipt).await;
    Ok(Answer::no_content(&receipt))
}

/// Lets an account in again.
#[utoipa::path(post, path = "/api/v1/users/{id}/activate", tag = "users",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The account", body = User)))]
pub async fn activate(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    _body: ApiJsonOrEmpty<Nothing>,
) -> Result<Answer, Problem> {
    let id = parsed(&id)?;
    let users = &app.commands.users;
    let by = by(&caller, &headers);
    let receipt = users.dispatch(&id.to_string(), ActivateUser {}, by).await?;
    known_here(&app, id).await?;
    answer(&app, id, &receipt, false).await
}

/// Takes the lock of too many wrong passwords off.
#[utoipa::path(post, path = "/api/v1/users/{id}/unlock", tag = "users",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The account", body = User)))]
pub async fn unlock(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    _body: ApiJsonOrEmpty<Nothing>,
) -> Result<Answer, Problem> {
    let id = parsed(&id)?;
    let receipt = identity::unlock(&app, by(&caller, &headers), id).await?;
    answer(&app, id, &receipt, false).await
}
