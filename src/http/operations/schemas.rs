//! `GET /schemas` and `/schemas/{type}/{version}`.

use serde_json::{Value, json};

use crate::http::{Answer, ApiPath, Problem};
use crate::schemas::events;

/// Every event type and version.
pub(super) async fn list() -> Result<Answer, Problem> {
    let items: Vec<Value> = events()
        .map(|spec| {
            json!({
                "aggregate": spec.aggregate,
                "event_type": spec.event_type,
                "version": spec.version,
                "schema": format!("/schemas/{}/{}", spec.event_type, spec.version),
            })
        })
        .collect();
    Answer::plain(json!({ "items": items }))
}

/// The JSON Schema of one event.
pub(super) async fn one(
    ApiPath((kind, version)): ApiPath<(String, String)>,
) -> Result<Answer, Problem> {
    let spec = events().find(|spec| spec.event_type == kind && spec.version == version);
    let spec = spec.ok_or_else(Problem::not_found)?;
    Answer::plain((spec.schema)())
}
