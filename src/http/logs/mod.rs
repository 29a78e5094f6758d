//! Logs of agents, executions and deployments, and the observed repository's history.

mod list;
mod view;
mod wanted;

use utoipa_axum::router::OpenApiRouter;

pub use view::Log;
pub use wanted::{Followed, Listed};

use crate::app::App;

/// The routes of logs. Those who listen to them are served with the live stream.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(utoipa_axum::routes!(list::list))
}
