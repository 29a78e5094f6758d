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

use pantheon_events::TenantId;
use pantheon_projections::{Stand, organizations};
use utoipa_axum::router::OpenApiRouter;

use super::{Caller, Problem, ReadOptions};
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

/// Where the features of the caller's organisation stand: an answer is another one when they change.
async fn features(app: &App, caller: &Caller, read: &ReadOptions) -> Result<Stand, Problem> {
    read.stand(&app.reads, organizations::NAME, caller.tenant)
        .await
}

/// Whether the caller's organisation reaches the installation's environments. Without that there is nothing
/// to show.
async fn is_on(app: &App, caller: &Caller) -> Result<bool, Problem> {
    if caller.tenant == TenantId::default_organization() {
        return Ok(true);
    }
    let found = organizations::one(&app.reads, caller.tenant).await?;
    Ok(found.is_some_and(|found| found.features["deployments"] == true))
}
