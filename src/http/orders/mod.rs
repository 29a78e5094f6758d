//! The orders' endpoints.

mod history;
mod list;
mod one;
mod place;
mod status;
mod view;

pub use view::Order;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// The routes of orders.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(utoipa_axum::routes!(list::list, place::place))
        .routes(utoipa_axum::routes!(one::one))
        .routes(utoipa_axum::routes!(status::set_status))
        .routes(utoipa_axum::routes!(status::cancel))
        .routes(utoipa_axum::routes!(history::history))
}
