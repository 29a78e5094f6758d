//! The repositories' endpoints.

mod list;
mod one;
mod register;
mod remove;
mod sync;
mod update;
mod view;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// The routes of repositories.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(utoipa_axum::routes!(list::list, register::register))
        .routes(utoipa_axum::routes!(
            one::one,
            update::update,
            remove::remove
        ))
        .routes(utoipa_axum::routes!(sync::sync))
}
