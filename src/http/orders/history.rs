//! `GET /api/v1/orders/{id}/history`.

use axum::extract::State;
use pantheon_events::Sequence;
use serde_json::value::RawValue;

use super::view::{at, visible};
use crate::app::App;
use crate::http::{Answer, ApiPath, Caller, Problem, ReadOptions};

const MOST: usize = 1_000;

/// The events of an order, oldest first.
#[utoipa::path(get, path = "/api/v1/orders/{id}/history", tag = "orders",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "`{items}`: CloudEvents", body = Object)))]
pub async fn history(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(id): ApiPath<String>,
) -> Result<Answer, Problem> {
    let position = at(&app, &read).await?;
    let order = visible(&app, &caller, &id).await?;
    let events = app
        .log
        .stream("order", &order.id.to_string(), Sequence::ZERO, MOST)
        .await?;
    let items: Result<Vec<&RawValue>, _> = events
        .iter()
        .map(|event| serde_json::from_slice(event.cloud_event()))
        .collect();
    let items = items.map_err(|error| Problem::internal(&error))?;
    Answer::page(&read, position, &items, None)
}
