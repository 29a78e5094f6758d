//! The fold of products into rows, and of what orders hold of them.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::products::ProductEvent;
use pantheon_events::{OrderId, RecordedEvent};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{ProductRow, ReservationRow, fold};
use crate::engine::{
    Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, decode, each, id, keys,
};

/// The read model's name.
pub const NAME: &str = "products";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 2,
    tables: &["products", "reservations"],
    events: Wants::Aggregates(&["product"]),
    on_poison: OnPoison::Park,
};

/// Keeps one row per product, and one per order that holds pieces of it.
#[derive(Clone, Copy, Debug)]
pub struct ProductsProjector;

#[async_trait]
impl Projector for ProductsProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let touched = keys(batch, |event| Ok([id::<Uuid>(event)?]))?;
        let mut products = Table::<ProductRow>::load(db, touched).await?;
        let touched = keys(batch, |event| {
            let order = order_of(&decode(event)?);
            order.map(|order| key(event, order)).transpose()
        })?;
        let mut held = Table::<ReservationRow>::load(db, touched).await?;
        each(batch, |event| {
            let before = products.get(&id(event)?).cloned();
            products.put(fold(before, event)?);
            hold(&mut held, event)
        })?;
        products.save(db).await?;
        held.save(db).await
    }
}

fn hold(held: &mut Table<ReservationRow>, event: &RecordedEvent) -> Result<(), Fault> {
    let happened: ProductEvent = decode(event)?;
    let Some(order) = order_of(&happened) else {
        return Ok(());
    };
    let (product, order_id) = key(event, order)?;
    match happened {
        ProductEvent::StockReserved(reserved) => held.put(ReservationRow {
            product,
            order_id,
            tenant: event.metadata.tenant.as_uuid(),
            quantity: reserved.quantity,
            reserved_at: event.recorded_at,
        }),
        _ => drop(held.remove(&(product, order_id))),
    }
    Ok(())
}

fn key(event: &RecordedEvent, order: OrderId) -> Result<(Uuid, Uuid), Fault> {
    Ok((id(event)?, order.as_uuid()))
}

/// The order whose pieces an event is about.
fn order_of(happened: &ProductEvent) -> Option<OrderId> {
    match happened {
        ProductEvent::StockReserved(held) => Some(held.order_id),
        ProductEvent::StockReleased(freed) => Some(freed.order_id),
        ProductEvent::StockConsumed(gone) => Some(gone.order_id),
        _ => None,
    }
}
