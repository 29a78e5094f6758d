//! `GET /schemas` and `/schemas/{type}/{version}`.

use crate::http::{Answer, ApiPath, Problem};
use crate::schemas::{events, listed};

/// Every event type and version.
pub(super) async fn list() -> Result<Answer, Problem> {
    Answer::plain(listed())
}

/// The JSON Schema of one event.
pub(super) async fn one(
    ApiPath((kind, version)): ApiPath<(String, String)>,
) -> Result<Answer, Problem> {
    let spec = events().find(|spec| spec.event_type == kind && spec.version == version);
    let spec = spec.ok_or_else(Problem::not_found)?;
    Answer::plain((spec.schema)())
}
