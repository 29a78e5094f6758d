//! Teams of an organisation.

mod list;
mod members;
mod one;
mod view;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// The routes of teams.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(utoipa_axum::routes!(list::list, list::create))
        .routes(utoipa_axum::routes!(one::one, one::change, one::delete))
        .routes(utoipa_axum::routes!(members::list, members::add))
        .routes(utoipa_axum::routes!(members::remove))
}
