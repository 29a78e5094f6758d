//! What happened to a product. Amounts are whole minor units, and decimal strings beside them for
//! readers who do not know the currency's digits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ProductStatus;
use crate::json::given;
use crate::money::Currency;
use crate::{OrderId, events};

/// A product was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProductCreated {
    /// Its name.
    pub name: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its price in minor units.
    pub price_minor: i64,
    /// The same as a decimal string. Events of before this field do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    /// Its currency.
    pub currency: Currency,
    /// Its shelf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Whether it can be bought.
    pub status: ProductStatus,
    /// Pieces in stock, when they are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<i64>,
}

/// The fields of a product that changed, with their new values; `null` where there is none any more.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the fields of ProductCreated")]
pub struct ProductChanges {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub description: Option<Option<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_minor: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub category: Option<Option<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ProductStatus>,
}

/// Something said about a product changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProductUpdated {
    /// What changed.
    pub changed: ProductChanges,
}

/// A product left the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProductDeleted {
    /// Its last name.
    pub name: String,
}

/// The number of pieces changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StockAdjusted {
    /// Pieces added, or taken away when negative.
    pub delta: i64,
    /// Pieces that are there now.
    pub stock: i64,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Pieces were set aside for an order, at the price of that moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StockReserved {
    /// The order.
    pub order_id: OrderId,
    /// Pieces.
    pub quantity: i64,
    /// Price of one piece in minor units.
    pub unit_price_minor: i64,
    /// The same as a decimal string. Events of before this field do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<String>,
    /// Its currency.
    pub currency: Currency,
    /// The product's name at that moment.
    pub product_name: String,
}

/// An order's pieces were put back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StockReleased {
    /// The order.
    pub order_id: OrderId,
    /// Pieces.
    pub quantity: i64,
}

/// An order's pieces were handed out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StockConsumed {
    /// The order.
    pub order_id: OrderId,
    /// Pieces.
    pub quantity: i64,
}

events! {
    /// The events of one product.
    pub enum ProductEvent for "product" {
        ProductCreated = "product_created" @ "1",
        ProductUpdated = "product_updated" @ "1",
        ProductDeleted = "product_deleted" @ "1",
        StockAdjusted = "stock_adjusted" @ "1",
        StockReserved = "stock_reserved" @ "1",
        StockReleased = "stock_released" @ "1",
        StockConsumed = "stock_consumed" @ "1",
    }
}
