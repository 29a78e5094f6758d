//! The fold of orders into rows. Money hangs on it, so it stops whole on what it cannot read.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::RecordedEvent;
use pantheon_events::orders::{OrderEvent, OrderPlaced, OrderStatus};
use sqlx::PgConnection;
use uuid::Uuid;

use super::OrderRow;
use crate::engine::{
    Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, decode, each, id, keys,
};

/// The read model's name.
pub const NAME: &str = "orders";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &["orders"],
    events: Wants::Aggregates(&["order"]),
    on_poison: OnPoison::Halt,
};

/// Keeps one row per order.
#[derive(Clone, Copy, Debug)]
pub struct OrdersProjector;

#[async_trait]
impl Projector for OrdersProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let touched = keys(batch, |event| Ok([id::<Uuid>(event)?]))?;
        let mut rows = Table::<OrderRow>::load(db, touched).await?;
        each(batch, |event| {
            let key: Uuid = id(event)?;
            match decode::<OrderEvent>(event)? {
                OrderEvent::OrderPlaced(placed) => rows.put(placed_row(key, event, placed)),
                happened => {
                    let row = rows.require(&key)?;
                    row.updated_at = event.recorded_at;
                    row.sequence = event.sequence.get();
                    apply(row, happened)?;
                }
            }
            Ok(())
        })?;
        rows.save(db).await
    }
}

fn placed_row(id: Uuid, event: &RecordedEvent, placed: OrderPlaced) -> OrderRow {
    OrderRow {
        id,
        tenant: event.metadata.tenant.as_uuid(),
        product_id: placed.product_id.as_uuid(),
        product_name: placed.product_name,
        user_id: placed.user_id,
        quantity: placed.quantity,
        unit_minor: placed.unit_price_minor,
        total_minor: placed.total_minor,
        currency: placed.currency.to_string(),
        status: OrderStatus::Pending.as_str().to_owned(),
        payment_id: None,
        approval_id: None,
        cancel_reason: None,
        holds_stock: placed.holds_stock,
        created_at: event.recorded_at,
        updated_at: event.recorded_at,
        sequence: event.sequence.get(),
    }
}

fn apply(row: &mut OrderRow, happened: OrderEvent) -> Result<(), Fault> {
    let status = match happened {
        OrderEvent::OrderPlaced(_) => return Err(Fault::new("an order was placed twice")),
        OrderEvent::OrderPaymentStarted(started) => {
            row.payment_id = Some(started.payment_id);
            return Ok(());
        }
        OrderEvent::OrderPaymentReleased(_) => {
            row.payment_id = None;
            return Ok(());
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
    Ok(())
}
