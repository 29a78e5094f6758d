//! The catalogue's endpoints.

mod change;
mod create;
mod delete;
mod list;
mod one;
mod stock;
mod view;

pub use view::Product;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// The routes of products.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(utoipa_axum::routes!(list::list, create::create))
        .routes(utoipa_axum::routes!(
            one::one,
            change::change,
            delete::delete
        ))
        .routes(utoipa_axum::routes!(stock::stock))
}
