//! `GET /api/v1/orders/{id}/history`.

use axum::extract::State;
use pantheon_events::Sequence;
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::IntoParams;

use super::view::{stand, visible};
use crate::app::App;
use crate::http::{Answer, ApiPath, ApiQuery, Caller, Problem, ReadOptions, cursor};

const MOST: usize = 1_000;

/// Which part of the history.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Events on a page, 1 to 1000 (1000).
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The events of an order, oldest first.
#[utoipa::path(get, path = "/api/v1/orders/{id}/history", tag = "orders",
    params(("id" = uuid::Uuid, Path), Wanted),
    responses((status = 200, description = "`{items, next_cursor, position}` of CloudEvents",
        body = ref("#/components/schemas/EventPage"))))]
pub async fn history(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(id): ApiPath<String>,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let limit = wanted.limit.unwrap_or(MOST);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::malformed_field(
            "limit",
            "expected a number between 1 and 1000",
        ));
    }
    let after = wanted.cursor.as_deref().map(cursor::decode::<Sequence>);
    let after = after.transpose()?.unwrap_or_default();
    let position = stand(&app, &caller, &read).await?;
    let order = visible(&app, &caller, &id).await?;
    let id = order.id.to_string();
    let mut events = app.log.stream("order", &id, after, limit + 1).await?;
    let more = events.len() > limit;
    events.truncate(limit);
    let last = events.last().filter(|_| more);
    let next = last.map(|last| cursor::encode(&last.sequence));
    let items: Result<Vec<&RawValue>, _> = events
        .iter()
        .map(|event| serde_json::from_slice(event.cloud_event()))
        .collect();
    let items = items.map_err(|error| Problem::internal(&error))?;
    Answer::page(&read, position, &items, next)
}
