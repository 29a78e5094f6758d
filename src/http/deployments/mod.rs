//! The deployments' endpoints.

mod answer;
mod cancel;
mod list;
mod logs;
mod one;
mod pipeline;
mod request;
mod roll_back;
mod status;
mod view;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// The routes of deployments.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(utoipa_axum::routes!(list::list, request::request))
        .routes(utoipa_axum::routes!(status::status))
        .routes(utoipa_axum::routes!(status::alias))
        .routes(utoipa_axum::routes!(pipeline::pipeline))
        .routes(utoipa_axum::routes!(one::one))
        .routes(utoipa_axum::routes!(cancel::cancel))
        .routes(utoipa_axum::routes!(roll_back::roll_back))
        .routes(utoipa_axum::routes!(logs::logs))
}
