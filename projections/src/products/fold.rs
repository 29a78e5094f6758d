//! A product's events, folded into its row.

use pantheon_events::RecordedEvent;
use pantheon_events::products::{ProductChanges, ProductCreated, ProductEvent};

use super::ProductRow;
use crate::engine::{Fault, decode, id};

/// The row after an event.
///
/// # Errors
/// The event cannot be read, or its product was never made, or made before.
pub fn fold(row: Option<ProductRow>, event: &RecordedEvent) -> Result<ProductRow, Fault> {
    let mut row = match (decode(event)?, row) {
        (ProductEvent::ProductCreated(made), None) => return created(made, event),
        (ProductEvent::ProductCreated(_), Some(_)) => {
            return Err(Fault::new("a product was made twice"));
        }
        (_, None) => {
            let id = &event.aggregate_id;
            return Err(Fault::new(format!("product {id} was never made")));
        }
        (happened, Some(row)) => apply(row, happened),
    };
    row.updated_at = event.recorded_at;
    row.sequence = event.sequence.get();
    Ok(row)
}

fn created(made: ProductCreated, event: &RecordedEvent) -> Result<ProductRow, Fault> {
    Ok(ProductRow {
        id: id(event)?,
        tenant: event.metadata.tenant.as_uuid(),
        name: made.name,
        description: made.description,
        price_minor: made.price_minor,
        currency: made.currency.to_string(),
        category: made.category,
        status: made.status.as_str().to_owned(),
        stock: made.stock,
        reserved: 0,
        created_at: event.recorded_at,
        updated_at: event.recorded_at,
        sequence: event.sequence.get(),
        deleted: false,
    })
}

fn apply(mut row: ProductRow, happened: ProductEvent) -> ProductRow {
    match happened {
        ProductEvent::ProductCreated(_) => {}
        ProductEvent::ProductUpdated(update) => return change(row, update.changed),
        ProductEvent::ProductDeleted(_) => row.deleted = true,
        ProductEvent::StockAdjusted(adjusted) => row.stock = Some(adjusted.stock),
        ProductEvent::StockReserved(held) => row.reserved += held.quantity,
        ProductEvent::StockReleased(freed) => row.reserved -= freed.quantity,
        ProductEvent::StockConsumed(gone) => {
            row.reserved -= gone.quantity;
            row.stock = row.stock.map(|stock| stock - gone.quantity);
        }
    }
    row
}

fn change(row: ProductRow, changed: ProductChanges) -> ProductRow {
    let ProductChanges {
        name,
        description,
        price_minor,
        currency,
        category,
        status,
    } = changed;
    ProductRow {
        name: name.unwrap_or(row.name),
        description: description.unwrap_or(row.description),
        price_minor: price_minor.unwrap_or(row.price_minor),
        currency: currency.map_or(row.currency, |currency| currency.to_string()),
        category: category.unwrap_or(row.category),
        status: status.map_or(row.status, |status| status.as_str().to_owned()),
        ..row
    }
}
