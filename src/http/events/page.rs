//! Pages of events, put together from the events' own bytes.

use std::sync::Arc;

use pantheon_events::{Position, RecordedEvent};
use serde_json::value::RawValue;

use crate::http::{Answer, Problem, ReadOptions};

/// Events that a page has unless told.
pub const PAGE: usize = 100;
/// Most events on a page.
pub const MOST: usize = 1000;

/// The page size that a request asks for.
pub fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    match asked.unwrap_or(PAGE) {
        limit @ 1..=MOST => Ok(limit),
        _ => Err(Problem::malformed_field(
            "limit",
            "expected a number between 1 and 1000",
        )),
    }
}

/// An event as JSON, without writing it again.
pub fn raw(event: &RecordedEvent) -> Result<&RawValue, Problem> {
    serde_json::from_slice(event.cloud_event()).map_err(|error| Problem::internal(&error))
}

/// `{items, next_cursor, position}`.
pub fn answer(
    read: &ReadOptions,
    position: Position,
    events: &[Arc<RecordedEvent>],
    next_cursor: Option<String>,
) -> Result<Answer, Problem> {
    let items = events
        .iter()
        .map(|event| raw(event))
        .collect::<Result<Vec<_>, _>>()?;
    Answer::page(read, position, &items, next_cursor)
}
