//! One product.

use std::collections::BTreeMap;

use pantheon_events::OrderId;
use pantheon_events::money::Currency;
use pantheon_events::products::{ProductChanges, ProductCommand, ProductEvent, ProductStatus};
use serde::{Deserialize, Serialize};

use super::{ProductError, decide};
use crate::aggregate;
use crate::domain::Asked;

/// A product's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// Whether it was made.
    pub exists: bool,
    /// Whether it was deleted.
    pub deleted: bool,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// Its price in minor units.
    pub price_minor: i64,
    /// Its currency.
    pub currency: Currency,
    /// Its shelf.
    pub category: Option<String>,
    /// Whether it can be bought.
    pub status: ProductStatus,
    /// Pieces in stock; `None` = not counted.
    pub stock: Option<i64>,
    /// What orders hold.
    pub reservations: BTreeMap<OrderId, Held>,
}

/// What an order holds of a product, at the price of the moment it was set aside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// Pieces.
    pub quantity: i64,
    /// Price of one piece in minor units.
    pub unit_price_minor: i64,
    /// Its currency.
    pub currency: Currency,
    /// The product's name.
    pub product_name: String,
}

impl Product {
    /// Pieces that orders hold.
    #[must_use]
    pub fn reserved(&self) -> i64 {
        self.reservations.values().map(|held| held.quantity).sum()
    }

    fn decide(&self, asked: &Asked<ProductCommand>) -> Result<Vec<ProductEvent>, ProductError> {
        if self.deleted && !matches!(asked.command, ProductCommand::DeleteProduct(_)) {
            return Err(ProductError::Deleted);
        }
        match &asked.command {
            ProductCommand::CreateProduct(command) => decide::create(self, command),
            ProductCommand::UpdateProduct(command) => decide::update(self, command),
            ProductCommand::DeleteProduct(_) => decide::delete(self),
            ProductCommand::AdjustStock(command) => decide::adjust_stock(self, command),
            ProductCommand::ReserveStock(command) => decide::reserve(self, command),
            ProductCommand::ReleaseStock(command) => decide::release(self, command),
            ProductCommand::ConsumeStock(command) => decide::consume(self, command),
        }
    }

    fn evolve(&mut self, event: ProductEvent) {
        match event {
            ProductEvent::ProductCreated(made) => {
                *self = Self {
                    exists: true,
                    name: made.name,
                    description: made.description,
                    price_minor: made.price_minor,
                    currency: made.currency,
                    category: made.category,
                    status: made.status,
                    stock: made.stock,
                    ..Self::default()
                }
            }
            ProductEvent::ProductUpdated(update) => self.change(update.changed),
            ProductEvent::ProductDeleted(_) => self.deleted = true,
            ProductEvent::StockAdjusted(adjusted) => self.stock = Some(adjusted.stock),
            ProductEvent::StockReserved(reserved) => {
                let held = Held {
                    quantity: reserved.quantity,
                    unit_price_minor: reserved.unit_price_minor,
                    currency: reserved.currency,
                    product_name: reserved.product_name,
                };
                self.reservations.insert(reserved.order_id, held);
            }
            ProductEvent::StockReleased(released) => {
                self.reservations.remove(&released.order_id);
            }
            ProductEvent::StockConsumed(consumed) => {
                self.reservations.remove(&consumed.order_id);
                self.stock = self.stock.map(|stock| stock - consumed.quantity);
            }
        }
    }

    fn change(&mut self, changed: ProductChanges) {
        let ProductChanges {
            name,
            description,
            price_minor,
            currency,
            category,
            status,
        } = changed;
        self.name = name.unwrap_or_else(|| std::mem::take(&mut self.name));
        self.description = description.unwrap_or_else(|| self.description.take());
        self.price_minor = price_minor.unwrap_or(self.price_minor);
        self.currency = currency.unwrap_or(self.currency);
        self.category = category.unwrap_or_else(|| self.category.take());
        self.status = status.unwrap_or(self.status);
    }

    fn valid_id(id: &str) -> bool {
        crate::domain::is_plain_uuid(id)
    }
}

aggregate!(Product: ProductCommand => ProductEvent, ProductError);
