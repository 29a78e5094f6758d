//! `GET /api/v1/orders/{id}`.

use axum::extract::State;

use super::view::{Order, at, visible};
use crate::app::App;
use crate::http::{Answer, ApiPath, Caller, Problem, ReadOptions};

/// One order.
#[utoipa::path(get, path = "/api/v1/orders/{id}", tag = "orders",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The order", body = Order)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(id): ApiPath<String>,
) -> Result<Answer, Problem> {
    let position = at(&app, &read).await?;
    let row = visible(&app, &caller, &id).await?;
    Answer::found(&read, position, Order::from(row))
}
