//! An order on the outside.

use chrono::{DateTime, Utc};
use pantheon_events::money::decimal;
use pantheon_events::{OrderId, Sequence};
use pantheon_projections::Stand;
use pantheon_projections::orders::{NAME, OrderRow, one};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::http::after::shown;
use crate::http::{Answer, Caller, Problem, ReadOptions};
use crate::store::Receipt;

/// An order as its customer and the seller see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Order {
    id: Uuid,
    product_id: Uuid,
    product_name: String,
    user_id: String,
    quantity: i64,
    /// A decimal string.
    unit_price: String,
    /// A decimal string.
    total_amount: String,
    currency: String,
    status: String,
    payment_id: Option<Uuid>,
    approval_id: Option<Uuid>,
    cancel_reason: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    #[schema(value_type = String)]
    sequence: Sequence,
}

impl From<OrderRow> for Order {
    fn from(row: OrderRow) -> Self {
        let currency = row.currency.parse().unwrap_or_default();
        Self {
            id: row.id,
            product_id: row.product_id,
            product_name: row.product_name,
            user_id: row.user_id,
            quantity: row.quantity,
            unit_price: decimal(row.unit_minor, currency),
            total_amount: decimal(row.total_minor, currency),
            currency: row.currency,
            status: row.status,
            payment_id: row.payment_id,
            approval_id: row.approval_id,
            cancel_reason: row.cancel_reason,
            created_at: row.created_at,
            updated_at: row.updated_at,
            sequence: Sequence::new(row.sequence),
        }
    }
}

/// The answer to a command on an order: the order as the read model has it.
pub(super) async fn answer(
    app: &App,
    caller: &Caller,
    receipt: &Receipt,
    created: bool,
) -> Result<Answer, Problem> {
    let id = order_id(&receipt.aggregate_id)?;
    // The repeat of somebody else's command is answered like the first, but shows only what the
    // caller may see.
    let row = async {
        let row = one(&app.reads, caller.tenant, id).await?;
        Ok(row.filter(|row| seen_by(caller, row)))
    };
    let shown = shown(app, NAME, receipt, row).await.map(Order::from);
    if created {
        return shown.created(receipt, &format!("/api/v1/orders/{id}"), id);
    }
    shown.done(receipt, id)
}

/// The order that the caller may see: its own only, where the permission reaches no further.
pub(super) async fn visible(app: &App, caller: &Caller, id: &str) -> Result<OrderRow, Problem> {
    let row = one(&app.reads, caller.tenant, order_id(id)?).await?;
    row.filter(|row| seen_by(caller, row))
        .ok_or_else(Problem::not_found)
}

/// Whether the caller's permission reaches this order.
pub(super) fn seen_by(caller: &Caller, row: &OrderRow) -> bool {
    caller.only_own().is_none_or(|own| own == row.user_id)
}

/// What is no id of an order names none.
pub(super) fn order_id(text: &str) -> Result<OrderId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// Where the read model of orders stands for the caller.
pub(super) async fn stand(
    app: &App,
    caller: &Caller,
    read: &ReadOptions,
) -> Result<Stand, Problem> {
    read.stand(&app.reads, NAME, caller.tenant).await
}
