//! Every route of tasks.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    assign, cancel, complete, create, delete, dependencies, fail, list, one, retry, start, stats,
    update,
};
use crate::app::App;

/// The routes of tasks and their dependencies.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(stats::stats))
        .routes(routes!(one::one, update::update, delete::delete))
        .routes(routes!(retry::retry))
        .routes(routes!(cancel::cancel))
        .routes(routes!(start::start))
        .routes(routes!(complete::complete))
        .routes(routes!(fail::fail))
        .routes(routes!(assign::assign))
        .routes(routes!(dependencies::list, dependencies::add))
        .routes(routes!(dependencies::remove))
}
