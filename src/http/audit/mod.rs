//! Who came in, who was refused, and who took data along.

mod access;
mod logins;
mod sessions;
mod view;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// The routes of the trail of access.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(utoipa_axum::routes!(access::list))
        .routes(utoipa_axum::routes!(logins::history))
        .routes(utoipa_axum::routes!(sessions::active))
}
