//! The fold of products into rows.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::products::{ProductChanges, ProductEvent};
use pantheon_events::{OrderId, RecordedEvent};
use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::ProductRow;
use crate::engine::{
    Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, decode, each, id, keys,
};

/// The read model's name.
pub const NAME: &str = "products";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &["products"],
    events: Wants::Aggregates(&["product"]),
    on_poison: OnPoison::Park,
};

/// Keeps one row per product.
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
        let mut rows = Table::<ProductRow>::load(db, touched).await?;
        each(batch, |event| {
            let key: Uuid = id(event)?;
            match decode::<ProductEvent>(event)? {
                ProductEvent::ProductCreated(made) => rows.put(ProductRow {
                    id: key,
                    tenant: event.metadata.tenant.as_uuid(),
                    name: made.name,
                    description: made.description,
                    price_minor: made.price_minor,
                    currency: made.currency.to_string(),
                    category: made.category,
                    status: made.status.as_str().to_owned(),
                    stock: made.stock,
                    reserved: 0,
                    reservations: Value::Object(Map::new()),
                    created_at: event.recorded_at,
                    updated_at: event.recorded_at,
                    sequence: event.sequence.get(),
                    deleted: false,
                }),
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

fn apply(row: &mut ProductRow, happened: ProductEvent) -> Result<(), Fault> {
    match happened {
        ProductEvent::ProductCreated(_) => return Err(Fault::new("a product was made twice")),
        ProductEvent::ProductUpdated(update) => change(row, update.changed),
        ProductEvent::ProductDeleted(_) => row.deleted = true,
        ProductEvent::StockAdjusted(adjusted) => row.stock = Some(adjusted.stock),
        ProductEvent::StockReserved(held) => {
            row.reserved += held.quantity;
            let at = row.updated_at;
            let entry = json!({ "quantity": held.quantity, "at": at });
            reservations(row)?.insert(held.order_id.to_string(), entry);
        }
        ProductEvent::StockReleased(freed) => release(row, freed.order_id, freed.quantity)?,
        ProductEvent::StockConsumed(gone) => {
            release(row, gone.order_id, gone.quantity)?;
            row.stock = row.stock.map(|stock| stock - gone.quantity);
        }
    }
    Ok(())
}

fn change(row: &mut ProductRow, changed: ProductChanges) {
    let ProductChanges {
        name,
        description,
        price_minor,
        currency,
        category,
        status,
    } = changed;
    row.name = name.unwrap_or_else(|| std::mem::take(&mut row.name));
    row.description = description.or_else(|| row.description.take());
    row.price_minor = price_minor.unwrap_or(row.price_minor);
    row.category = category.or_else(|| row.category.take());
    if let Some(currency) = currency {
        row.currency = currency.to_string();
    }
    if let Some(status) = status {
        row.status = status.as_str().to_owned();
    }
}

fn release(row: &mut ProductRow, order: OrderId, quantity: i64) -> Result<(), Fault> {
    row.reserved -= quantity;
    reservations(row)?.remove(&order.to_string());
    Ok(())
}

fn reservations(row: &mut ProductRow) -> Result<&mut Map<String, Value>, Fault> {
    row.reservations
        .as_object_mut()
        .ok_or_else(|| Fault::new("the reservations of a product are not an object"))
}
