//! `GET /api/v1/orders/{id}`.

use axum::extract::State;
use pantheon_events::RecordedEvent;
use pantheon_projections::orders::fold;

use super::view::{Order, order_id, seen_by, stand, visible};
use crate::app::App;
use crate::http::past::past;
use crate::http::{Answer, ApiPath, AsOf, Caller, Problem, ReadOptions, ReadThen};

/// One order, as it is or as it was (`as_of`).
#[utoipa::path(get, path = "/api/v1/orders/{id}", tag = "orders",
    params(("id" = uuid::Uuid, Path),
        ("as_of" = Option<String>, Query, description = "a position or a time in the past")),
    responses((status = 200, description = "The order", body = Order)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    ReadThen(read): ReadThen,
    ApiPath(id): ApiPath<String>,
) -> Result<Answer, Problem> {
    if let Some(moment) = read.as_of {
        return then(&app, &caller, &read, &id, moment).await;
    }
    let position = stand(&app, &caller, &read).await?;
    let row = visible(&app, &caller, &id).await?;
    Answer::found(&read, position, Order::from(row))
}

/// The order after the last event up to a moment.
async fn then(
    app: &App,
    caller: &Caller,
    read: &ReadOptions,
    id: &str,
    moment: AsOf,
) -> Result<Answer, Problem> {
    let id = order_id(id)?.to_string();
    let fold = |row, event: &RecordedEvent| fold(row, event).map(Some);
    let then = past(app, read, moment, ("order", &id), fold).await?;
    let then = then
        .filter(|then| then.row.tenant == caller.tenant.as_uuid() && seen_by(caller, &then.row))
        .ok_or_else(Problem::not_found)?;
    Answer::found(read, then.position, Order::from(then.row))
}
