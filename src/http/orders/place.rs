//! `POST /api/v1/orders`.

use axum::extract::State;
use pantheon_events::orders::PlaceOrder;

use super::view::{Order, answer};
use crate::app::App;
use crate::http::{Answer, ApiJson, Caller, CommandHeaders, Problem};

/// Orders pieces of a product at its price of this moment.
#[utoipa::path(post, path = "/api/v1/orders", tag = "orders", request_body = ref("#/components/schemas/PlaceOrder"),
    responses((status = 201, description = "The order", body = Order)))]
pub async fn place(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiJson(command): ApiJson<PlaceOrder>,
) -> Result<Answer, Problem> {
    let by = headers.context(&caller);
    let id = by.command_id.created("order").to_string();
    let receipt = app.commands.orders.dispatch(&id, command, by).await?;
    answer(&app, &caller, &receipt, true).await
}
