//! The deployments' endpoints.

mod commands;
mod list;
mod logs;
mod one;
mod status;
mod view;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// The routes of deployments.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(utoipa_axum::routes!(list::list, commands::request))
        .routes(utoipa_axum::routes!(status::status))
        .routes(utoipa_axum::routes!(status::alias))
        .routes(utoipa_axum::routes!(one::one))
        .routes(utoipa_axum::routes!(commands::cancel))
        .routes(utoipa_axum::routes!(commands::roll_back))
        .routes(utoipa_axum::routes!(logs::logs))
}
