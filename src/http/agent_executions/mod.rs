//! The endpoints of executions.

mod cancel;
mod list;
mod logs;
mod one;
mod request;
mod view;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

pub use view::Execution;

/// The routes of executions.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(utoipa_axum::routes!(request::request))
        .routes(utoipa_axum::routes!(list::list))
        .routes(utoipa_axum::routes!(one::one))
        .routes(utoipa_axum::routes!(logs::logs))
        .routes(utoipa_axum::routes!(cancel::cancel))
}
