//! What happened to an order. Amounts are whole minor units, and decimal strings beside them for
//! readers who do not know the currency's digits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::money::Currency;
use crate::{ProductId, events};

/// An order was placed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderPlaced {
    /// The product.
    pub product_id: ProductId,
    /// Its name at that moment.
    pub product_name: String,
    /// Whose order it is.
    pub user_id: String,
    /// Pieces.
    pub quantity: i64,
    /// Price of one piece in minor units.
    pub unit_price_minor: i64,
    /// The same as a decimal string. Events of before this field do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<String>,
    /// Price of all pieces in minor units.
    pub total_minor: i64,
    /// The same as a decimal string. Events of before this field do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_amount: Option<String>,
    /// The currency of both.
    pub currency: Currency,
    /// Whether pieces were set aside.
    pub holds_stock: bool,
}

/// A payment of the order began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderPaymentStarted {
    /// The payment.
    pub payment_id: Uuid,
}

/// The payment did not work out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderPaymentReleased {
    /// The payment.
    pub payment_id: Uuid,
}

/// The order is paid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderPaid {
    /// The payment.
    pub payment_id: Uuid,
}

/// The order was handed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderFulfilled {
    /// The product.
    pub product_id: ProductId,
    /// Whether its pieces were set aside.
    pub holds_stock: bool,
}

/// The order was given up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderCancelled {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The product.
    pub product_id: ProductId,
    /// Whether pieces were set aside.
    pub holds_stock: bool,
}

/// The order was paid back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderRefunded {}

events! {
    /// The events of one order.
    pub enum OrderEvent for "order" {
        OrderPlaced = "order_placed" @ "1",
        OrderPaymentStarted = "order_payment_started" @ "1",
        OrderPaymentReleased = "order_payment_released" @ "1",
        OrderPaid = "order_paid" @ "1",
        OrderFulfilled = "order_fulfilled" @ "1",
        OrderCancelled = "order_cancelled" @ "1",
        OrderRefunded = "order_refunded" @ "1",
    }
}
