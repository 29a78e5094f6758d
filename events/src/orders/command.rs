//! What can be asked of an order.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::money::Currency;
use crate::{ProductId, commands};

/// The price of the moment, put in by Pantheon before the order is decided. It never comes from
/// a caller.
#[derive(Clone, Debug, PartialEq)]
pub struct Quote {
    /// The product's name.
    pub product_name: String,
    /// Price of one piece in minor units.
    pub unit_price_minor: i64,
    /// Its currency.
    pub currency: Currency,
    /// Whether pieces were set aside.
    pub holds_stock: bool,
}

/// Orders pieces of a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PlaceOrder {
    /// The product.
    #[garde(skip)]
    pub product_id: ProductId,
    /// 1–100 000 pieces.
    #[garde(range(min = 1, max = 100_000))]
    pub quantity: i64,
    /// Whose order it is; the caller's when left out, and only an administrator may name another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 100))]
    pub user_id: Option<String>,
    /// The price of the moment.
    #[serde(skip)]
    #[garde(skip)]
    pub quote: Option<Quote>,
}

/// A payment of the order begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct BeginPayment {
    /// The payment.
    #[garde(skip)]
    pub payment_id: Uuid,
}

/// The payment failed or was cancelled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReleasePayment {
    /// The payment.
    #[garde(skip)]
    pub payment_id: Uuid,
}

/// The payment succeeded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MarkPaid {
    /// The payment that was begun.
    #[garde(skip)]
    pub payment_id: Uuid,
}

/// The order is handed over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FulfilOrder {}

/// The order is given up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CancelOrder {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 1000))]
    pub reason: Option<String>,
}

/// Refunds reached the total.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MarkRefunded {}

commands! {
    /// The commands of one order.
    pub enum OrderCommand for "order" {
        PlaceOrder = "place_order" creates,
        BeginPayment = "begin_payment",
        ReleasePayment = "release_payment",
        MarkPaid = "mark_paid",
        FulfilOrder = "fulfil_order",
        CancelOrder = "cancel_order",
        MarkRefunded = "mark_refunded",
    }
}
