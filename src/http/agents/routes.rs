//! Every route of agents.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{configure, control, enroll, heartbeat, list, logs, metrics, one, revoke};
use crate::app::App;

/// The routes of agents.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list, enroll::enroll))
        .routes(routes!(one::one, revoke::revoke))
        .routes(routes!(metrics::metrics))
        .routes(routes!(logs::logs))
        .routes(routes!(configure::configure))
        .routes(routes!(configure::config))
        .routes(routes!(control::start))
        .routes(routes!(control::stop))
        .routes(routes!(control::pause))
        .routes(routes!(control::resume))
        .routes(routes!(control::restart))
        .routes(routes!(heartbeat::heartbeat))
}
