//! Every route of the product: one line per context.

use super::router::Api;
use crate::app::App;
use crate::config::Parts;

/// Every route. The core's pages are added when they are built.
#[must_use]
pub fn routes() -> Api<App> {
    routes_of(Parts::ALL)
}

/// The routes of a node with these parts. One without any door still says how it is.
#[must_use]
pub fn routes_of(parts: Parts) -> Api<App> {
    let mut routes = super::operations::pages(Api::default());
    if parts.api {
        routes = routes
            .with(super::operations::routes())
            .with(super::commands::routes())
            .with(super::identity::routes())
            .with(super::users::routes())
            .with(super::audit::routes())
            .with(super::organizations::routes())
            .with(super::teams::routes())
            .with(super::agents::routes())
            .with(super::agent_executions::routes())
            .with(super::tasks::routes())
            .with(super::plans::routes())
            .with(super::products::routes())
            .with(super::orders::routes())
            .with(super::approvals::routes())
            .with(super::deployments::routes())
            .with(super::infrastructure::routes())
            .with(super::worktrees::routes())
            .with(super::repositories::routes())
            .with(super::system::routes())
            .with(super::logs::routes())
            .with(super::database::routes())
            .with(super::events::routes());
    }
    if parts.live {
        routes = routes.with(crate::live::routes());
    }
    routes
}
