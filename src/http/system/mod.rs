//! The installation and the fleet at a glance: metrics, dashboard, activity, timeline.

mod activity;
mod alerts;
mod dashboard;
mod metrics;
mod timeline;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// The routes of this folder.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(utoipa_axum::routes!(metrics::metrics))
        .routes(utoipa_axum::routes!(metrics::alias))
        .routes(utoipa_axum::routes!(dashboard::summary))
        .routes(utoipa_axum::routes!(dashboard::recent))
        .routes(utoipa_axum::routes!(activity::stats))
        .routes(utoipa_axum::routes!(activity::events))
        .routes(utoipa_axum::routes!(timeline::timeline))
        .routes(utoipa_axum::routes!(alerts::list))
}
