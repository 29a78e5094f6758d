//! Plans and graphs of tasks on HTTP.

mod analysis;
mod cancel;
mod create;
mod graph;
mod list;
mod one;
mod question;
mod view;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// The routes of plans and graphs.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(question::analyse))
        .routes(routes!(graph::graph))
        .routes(routes!(create::create))
        .routes(routes!(cancel::cancel))
        .routes(routes!(list::list))
        .routes(routes!(one::one))
}
