//! The endpoints of worktrees.

mod list;
mod remove;
mod request;
mod view;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// The routes of worktrees.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(utoipa_axum::routes!(list::list, request::request))
        .routes(utoipa_axum::routes!(remove::remove))
}
