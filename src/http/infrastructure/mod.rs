//! The endpoints of infrastructure.

mod accounts;
mod reach;
mod resources;
mod status;
mod sync;
mod topology;
mod view;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// The routes of infrastructure.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(utoipa_axum::routes!(status::status))
        .routes(utoipa_axum::routes!(topology::topology))
        .routes(utoipa_axum::routes!(sync::sync))
        .routes(utoipa_axum::routes!(accounts::accounts))
        .routes(utoipa_axum::routes!(resources::resources))
}
