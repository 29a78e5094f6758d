//! The routes of this folder.

use axum::extract::FromRef;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{EventsDeps, list, one, state, stream, trace};

/// The log's read endpoints.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    EventsDeps: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(one::one))
        .routes(routes!(trace::trace))
        .routes(routes!(stream::stream))
        .routes(routes!(state::state))
}
