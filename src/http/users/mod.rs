//! Looking after accounts.

mod change;
mod create;
mod find;
mod list;
mod one;
mod password;
mod standing;
mod statistics;
mod view;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// The routes of user administration.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(utoipa_axum::routes!(list::list, create::create))
        .routes(utoipa_axum::routes!(one::me))
        .routes(utoipa_axum::routes!(statistics::statistics))
        .routes(utoipa_axum::routes!(find::search))
        .routes(utoipa_axum::routes!(find::by_email))
        .routes(utoipa_axum::routes!(find::by_username))
        .routes(utoipa_axum::routes!(
            one::one,
            change::change,
            standing::remove
        ))
        .routes(utoipa_axum::routes!(standing::activate))
        .routes(utoipa_axum::routes!(standing::deactivate))
        .routes(utoipa_axum::routes!(standing::unlock))
        .routes(utoipa_axum::routes!(password::reset))
        .routes(utoipa_axum::routes!(password::change))
}
