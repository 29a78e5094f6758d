//! The approvals' endpoints.

mod decide;
mod list;
mod one;
mod policies;
mod policy_change;
mod request;
mod view;

pub use view::Approval;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// The routes of approvals and their policies.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(utoipa_axum::routes!(list::list, request::request))
        .routes(utoipa_axum::routes!(one::one))
        .routes(utoipa_axum::routes!(decide::approve))
        .routes(utoipa_axum::routes!(decide::reject))
        .routes(utoipa_axum::routes!(decide::cancel))
        .routes(utoipa_axum::routes!(policies::list))
        .routes(utoipa_axum::routes!(
            policies::one,
            policy_change::define,
            policy_change::retire
        ))
}
