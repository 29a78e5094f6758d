//! `PATCH /api/v1/orders/{id}/status` and `POST /api/v1/orders/{id}/cancel`.

use axum::extract::State;
use pantheon_events::orders::{CancelOrder, FulfilOrder, OrderCommand, OrderStatus};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::{Order, answer, visible};
use crate::app::App;
use crate::auth::{Grant, Need};
use crate::http::openapi::named;
use crate::http::{Answer, ApiJson, ApiJsonOrEmpty, ApiPath, Caller, CommandHeaders, Problem};

/// Where an order is to go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStatus {
    /// `fulfilled` or `cancelled`; the others are set by payments.
    #[schema(schema_with = named::<OrderStatus>)]
    status: OrderStatus,
    /// Why it is cancelled.
    reason: Option<String>,
}

/// Hands an order over, or gives it up.
#[utoipa::path(patch, path = "/api/v1/orders/{id}/status", tag = "orders",
    params(("id" = uuid::Uuid, Path)), request_body = NewStatus,
    responses((status = 200, description = "The order", body = Order)))]
pub async fn set_status(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    ApiJson(new): ApiJson<NewStatus>,
) -> Result<Answer, Problem> {
    let command = match new.status {
        OrderStatus::Fulfilled => OrderCommand::FulfilOrder(FulfilOrder {}),
        OrderStatus::Cancelled => OrderCommand::CancelOrder(CancelOrder { reason: new.reason }),
        other => {
            visible(&app, &caller, &id).await?;
            let message = match other {
                OrderStatus::Pending => {
                    "No order becomes pending again; place a new one.".to_owned()
                }
                other => format!(
                    "An order becomes {} through its payment only.",
                    other.as_str()
                ),
            };
            return Err(Problem::rule("status_set_by_payment", message));
        }
    };
    send(&app, &caller, &headers, &id, command).await
}

/// Gives an order up.
#[utoipa::path(post, path = "/api/v1/orders/{id}/cancel", tag = "orders",
    params(("id" = uuid::Uuid, Path)), request_body = ref("#/components/schemas/CancelOrder"),
    responses((status = 200, description = "The order", body = Order)))]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    ApiJsonOrEmpty(command): ApiJsonOrEmpty<CancelOrder>,
) -> Result<Answer, Problem> {
    send(&app, &caller, &headers, &id, command.into()).await
}

/// Each status has its own permission: the command's row decides.
async fn send(
    app: &App,
    caller: &Caller,
    headers: &CommandHeaders,
    id: &str,
    command: OrderCommand,
) -> Result<Answer, Problem> {
    let name = pantheon_events::DomainCommand::spec(&command).name;
    let grant = caller.may(Need::Command("order", name), Some(id))?;
    let mut by = headers.context(caller);
    by.own_only = grant == Grant::Own;
    let receipt = app.commands.orders.dispatch(id, command, by).await?;
    answer(app, caller, &receipt, false).await
}
