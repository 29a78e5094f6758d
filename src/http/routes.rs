//! Every route of the product: one line per context.

use super::router::Api;
use crate::app::App;

/// The routes of a node. The core's pages are added when they are built.
#[must_use]
pub fn routes() -> Api<App> {
    super::operations::pages(Api::default())
        .with(super::operations::routes())
        .with(super::commands::routes())
        .with(super::identity::routes())
        .with(super::agents::routes())
        .with(super::tasks::routes())
        .with(super::products::routes())
        .with(super::orders::routes())
        .with(super::approvals::routes())
        .with(super::deployments::routes())
        .with(super::system::routes())
        .with(super::events::routes())
        .with(crate::live::routes())
}
