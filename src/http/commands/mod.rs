//! The generic door: every command of every aggregate by name, and the catalogue of them.

mod catalogue;
mod send;
mod verdict;

pub use catalogue::catalogue;
pub use send::{Sent, send};
pub use verdict::{Verdict, verdict};

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// The routes of the generic door.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(utoipa_axum::routes!(catalogue::catalogue))
        .routes(utoipa_axum::routes!(send::send))
}
