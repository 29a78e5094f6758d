//! `GET /api/v1/streams/{type}/{id}/state`: the state that a stream folds to, now or in the past.

use std::sync::Arc;

use axum::extract::State;
use pantheon_events::{Position, Sequence};
use serde::Serialize;
use serde_json::Value;

use super::EventsDeps;
use super::scope::Scope;
use super::stream::{StreamName, events_of, moment};
use crate::http::moment::reach;
use crate::http::{Answer, ApiPath, Caller, Problem, ReadThen};
use crate::live::filter::Filter;

/// What a stream folds to.
#[derive(Debug, Serialize)]
struct Folded {
    aggregate_type: String,
    aggregate_id: String,
    /// The last event that went in.
    sequence: Sequence,
    position: Position,
    state: Value,
}

/// The folded state of one stream.
#[utoipa::path(
    get, path = "/api/v1/streams/{type}/{id}/state", tag = "events",
    params(
        ("type" = String, Path, description = "the aggregate type"),
        ("id" = String, Path, description = "the aggregate id"),
        ("as_of" = Option<String>, Query, description = "a position or an RFC 3339 time"),
    ),
    responses((status = 200, description = "`{aggregate_type, aggregate_id, sequence, position, state}`", body = Object), (status = 404, description = "no such stream here, or not yet then")),
)]
pub async fn state(
    State(deps): State<EventsDeps>,
    caller: Caller,
    ReadThen(read): ReadThen,
    ApiPath((kind, id)): ApiPath<(String, String)>,
) -> Result<Answer, Problem> {
    let scope = Scope::of(&deps, &caller, None)?;
    reach(&deps.log, &read).await?;
    let up_to = moment(&deps, read.as_of).await?;
    let stream = StreamName { kind, id };
    let events = events_of(&deps, &stream, up_to).await?;
    let events = scope.keep(&Filter::default(), events).await?;
    let last = Arc::clone(events.last().ok_or_else(Problem::not_found)?);
    let events: Vec<_> = events.iter().map(AsRef::as_ref).collect();
    let state = (deps.fold)(&stream.kind, &events).ok_or_else(Problem::not_found)??;
    let folded = Folded {
        aggregate_type: stream.kind,
        aggregate_id: stream.id,
        sequence: last.sequence,
        position: last.position,
        state,
    };
    Answer::found(&read, last.position, folded)
}
