//! Signing up, signing in, and one's own account.

mod github;
mod login;
mod logout;
mod me;
#[cfg(feature = "mock-login")]
mod mock;
mod oauth;
mod organization;
mod password;
mod permissions;
mod problem;
mod refresh;
mod register;
mod sessions;
pub(super) mod view;

pub(super) use me::check_picture;
pub use password::ChangePassword as PasswordChange;

use pantheon_events::CommandContext;
use utoipa_axum::router::OpenApiRouter;

use super::{Caller, CommandHeaders, Problem};
use crate::app::App;
use crate::auth::Session;
use crate::identity::installation;

/// The routes of sign-in.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    let routes = OpenApiRouter::new()
        .routes(utoipa_axum::routes!(register::register))
        .routes(utoipa_axum::routes!(login::login))
        .routes(utoipa_axum::routes!(refresh::refresh))
        .routes(utoipa_axum::routes!(logout::logout))
        .routes(utoipa_axum::routes!(me::me, me::update))
        .routes(utoipa_axum::routes!(password::change))
        .routes(utoipa_axum::routes!(sessions::list))
        .routes(utoipa_axum::routes!(sessions::end))
        .routes(utoipa_axum::routes!(permissions::permissions))
        .routes(utoipa_axum::routes!(organization::switch))
        .routes(utoipa_axum::routes!(github::depart))
        .routes(utoipa_axum::routes!(github::arrive))
        .routes(utoipa_axum::routes!(github::link, github::unlink))
        .routes(utoipa_axum::routes!(oauth::token));
    #[cfg(feature = "mock-login")]
    let routes = routes.routes(utoipa_axum::routes!(mock::mock));
    routes
}

/// The session behind the caller's token; operators and agents have none.
fn session(caller: &Caller) -> Result<Session, Problem> {
    caller.principal.session.ok_or_else(|| {
        Problem::forbidden(
            "This needs somebody who signed in to an account; an operator's or agent's token has none.",
        )
    })
}

/// A command on the caller's own account: accounts are the installation's, wherever the token acts.
fn own(caller: &Caller, headers: &CommandHeaders) -> CommandContext {
    CommandContext {
        tenant: installation(),
        own_only: false,
        ..headers.context(caller)
    }
}
