//! An order's events, folded into its row.

use pantheon_events::RecordedEvent;
use pantheon_events::orders::{OrderEvent, OrderPlaced, OrderStatus};

use super::OrderRow;
use crate::engine::{Fault, decode, id};

/// The row after an event.
///
/// # Errors
/// The event cannot be read, or its order was never placed, or placed before.
pub fn fold(row: Option<OrderRow>, event: &RecordedEvent) -> Result<OrderRow, Fault> {
    let mut row = match (decode(event)?, row) {
        (OrderEvent::OrderPlaced(order), None) => return placed(order, event),
        (OrderEvent::OrderPlaced(_), Some(_)) => {
            return Err(Fault::new("an order was placed twice"));
        }
        (_, None) => {
            let id = &event.aggregate_id;
            return Err(Fault::new(format!("order {id} was never placed")));
        }
        (happened, Some(row)) => apply(row, happened),
    };
    row.updated_at = event.recorded_at;
    row.sequence = event.sequence.get();
    Ok(row)
}

fn placed(order: OrderPlaced, event: &RecordedEvent) -> Result<OrderRow, Fault> {
    Ok(OrderRow {
        id: id(event)?,
        tenant: event.metadata.tenant.as_uuid(),
        product_id: order.product_id.as_uuid(),
        product_name: order.product_name,
        user_id: order.user_id,
        quantity: order.quantity,
        unit_minor: order.unit_price_minor,
        total_minor: order.total_minor,
        currency: order.currency.to_string(),
        status: OrderStatus::Pending.as_str().to_owned(),
        payment_id: None,
        approval_id: None,
        cancel_reason: None,
        holds_stock: order.holds_stock,
        created_at: event.recorded_at,
        updated_at: event.recorded_at,
        sequence: event.sequence.get(),
    })
}

fn apply(mut row: OrderRow, happened: OrderEvent) -> OrderRow {
    let status = match happened {
        OrderEvent::OrderPlaced(_) => return row,
        OrderEvent::OrderPaymentStarted(started) => {
            row.payment_id = Some(started.payment_id);
            return row;
        }
        OrderEvent::OrderPaymentReleased(_) => {
            row.payment_id = None;
            return row;
        }
        OrderEvent::OrderPaid(_) => OrderStatus::Paid,
        OrderEvent::OrderFulfilled(_) => OrderStatus::Fulfilled,
        OrderEvent::OrderCancelled(cancelled) => {
            row.cancel_reason = cancelled.reason;
            OrderStatus::Cancelled
        }
        OrderEvent::OrderRefunded(_) => OrderStatus::Refunded,
    };
    row.status = status.as_str().to_owned();
    row
}
