//! The database by hand: its shape and state, queries, exports, imports.

mod exports;
mod import;
mod problem;
mod query;
mod request;
mod shape;
mod status;

use pantheon_events::TenantId;
use pantheon_projections::organizations;
use utoipa_axum::router::OpenApiRouter;

use super::{Caller, Problem};
use crate::app::App;

/// The routes of the database.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(utoipa_axum::routes!(shape::shape))
        .routes(utoipa_axum::routes!(status::status))
        .routes(utoipa_axum::routes!(status::detailed))
        .routes(utoipa_axum::routes!(status::alias))
        .routes(utoipa_axum::routes!(query::query))
        .routes(utoipa_axum::routes!(request::request))
        .routes(utoipa_axum::routes!(exports::list))
        .routes(utoipa_axum::routes!(exports::one))
        .routes(utoipa_axum::routes!(exports::download))
        .routes(utoipa_axum::routes!(import::import))
}

/// Whether the caller's organisation reaches the database. Without that there is nothing to show.
async fn is_on(app: &App, caller: &Caller) -> Result<bool, Problem> {
    if caller.tenant == TenantId::default_organization() {
        return Ok(true);
    }
    let found = organizations::one(&app.reads, caller.tenant).await?;
    Ok(found.is_some_and(|found| found.features["sql_console"] == true))
}
