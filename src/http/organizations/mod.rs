//! Organisations, their members and what these may do.

mod create;
mod features;
mod grants;
mod invitation;
mod list;
mod me;
mod member;
mod members;
mod one;
mod registry;
pub(super) mod standing;
mod view;

use utoipa_axum::router::OpenApiRouter;

use super::{Caller, Problem};
use crate::app::App;
use crate::http::after::{PATIENCE, reached};
use crate::store::Receipt;

pub(super) use create::slug;

/// The routes of organisations.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(utoipa_axum::routes!(registry::permissions))
        .routes(utoipa_axum::routes!(registry::roles))
        .routes(utoipa_axum::routes!(list::list, create::create))
        .routes(utoipa_axum::routes!(one::one, one::change, one::delete))
        .routes(utoipa_axum::routes!(me::me))
        .routes(utoipa_axum::routes!(features::set))
        .routes(utoipa_axum::routes!(members::list, members::invite))
        .routes(utoipa_axum::routes!(invitation::accept))
        .routes(utoipa_axum::routes!(invitation::decline))
        .routes(utoipa_axum::routes!(member::change, member::remove))
        .routes(utoipa_axum::routes!(grants::list, grants::grant))
        .routes(utoipa_axum::routes!(grants::revoke))
}

/// Waits until this node's memberships and the read model have a command's events: the caller's next
/// request rests on them.
pub(super) async fn felt(app: &App, projection: &'static str, receipt: &Receipt) {
    let members = app.auth.members();
    members.reached(receipt.position, PATIENCE).await;
    reached(app, projection, receipt).await;
}

/// The person who calls; an operator's or agent's token belongs to no account.
pub(super) fn person(caller: &Caller) -> Result<pantheon_events::UserId, Problem> {
    let session = caller.principal.session.ok_or_else(|| {
        Problem::forbidden(
            "This needs somebody who signed in to an account; an operator's or agent's token has none.",
        )
    })?;
    Ok(session.user)
}
