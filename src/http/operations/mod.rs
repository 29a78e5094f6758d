//! Operating an installation: read models, the bus, the schemas.

mod bus;
mod projections;
mod schemas;

use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;

use super::{Answer, Api, Problem};
use crate::app::App;

/// The documented routes of this folder.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(utoipa_axum::routes!(projections::list))
        .routes(utoipa_axum::routes!(projections::one))
        .routes(utoipa_axum::routes!(projections::rebuild))
        .routes(utoipa_axum::routes!(projections::verify))
        .routes(utoipa_axum::routes!(projections::replay))
        .routes(utoipa_axum::routes!(projections::pause))
        .routes(utoipa_axum::routes!(projections::resume))
        .routes(utoipa_axum::routes!(projections::replay_parked))
        .routes(utoipa_axum::routes!(bus::status))
        .routes(utoipa_axum::routes!(bus::rebuild))
}

/// The pages of this folder.
#[must_use]
pub fn pages(api: Api<App>) -> Api<App> {
    api.plain("GET", "/asyncapi.json", get(asyncapi))
        .plain("GET", "/schemas", get(schemas::list))
        .plain("GET", "/schemas/{type}/{version}", get(schemas::one))
}

/// What travels on NATS and on the sockets.
async fn asyncapi() -> Result<Answer, Problem> {
    Answer::plain(crate::asyncapi::document())
}
