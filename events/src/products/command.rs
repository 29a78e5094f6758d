//! What can be asked of a product.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ProductStatus;
use crate::json::{given, or_default};
use crate::money::{Amount, Currency};
use crate::{OrderId, commands};

/// Makes a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateProduct {
    /// 1–255 characters.
    #[garde(length(chars, min = 1, max = 255))]
    pub name: String,
    /// At most 10 000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 10_000))]
    pub description: Option<String>,
    /// 0 to 99 999 999.99, with at most the currency's digits.
    #[garde(skip)]
    pub price: Amount,
    /// `USD` when left out.
    #[serde(default, deserialize_with = "or_default")]
    #[schemars(with = "Option<Currency>")]
    #[garde(custom(in_circulation))]
    pub currency: Currency,
    /// At most 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 100))]
    pub category: Option<String>,
    /// `active` when left out.
    #[serde(default, deserialize_with = "or_default")]
    #[schemars(with = "Option<ProductStatus>")]
    #[garde(skip)]
    pub status: ProductStatus,
    /// Pieces in stock; not counted when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 0, max = 1_000_000_000))]
    pub stock: Option<i64>,
}

/// Changes what is said about a product; only the given fields change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct UpdateProduct {
    /// 1–255 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 255))]
    pub name: Option<String>,
    /// At most 10 000 characters; `null` takes it away.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(length(chars, max = 10_000))]
    pub description: Option<Option<String>>,
    /// 0 to 99 999 999.99, with at most the currency's digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub price: Option<Amount>,
    /// ISO 4217.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(in_circulation)))]
    pub currency: Option<Currency>,
    /// At most 100 characters; `null` takes it away.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[garde(length(chars, min = 1, max = 100))]
    pub category: Option<Option<String>>,
    /// The new status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub status: Option<ProductStatus>,
}

/// Takes a product out of the catalogue for good.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DeleteProduct {}

/// Changes the number of pieces in stock: by a difference or to a number, exactly one of both.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AdjustStock {
    /// Pieces to add, or to take away when negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = -1_000_000_000, max = 1_000_000_000))]
    pub delta: Option<i64>,
    /// Pieces that are there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 0, max = 1_000_000_000))]
    pub set: Option<i64>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 1000))]
    pub reason: Option<String>,
}

/// Sets pieces aside for an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReserveStock {
    /// The order.
    #[garde(skip)]
    pub order_id: OrderId,
    /// 1–100 000 pieces.
    #[garde(range(min = 1, max = 100_000))]
    pub quantity: i64,
}

/// Puts an order's pieces back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReleaseStock {
    /// The order.
    #[garde(skip)]
    pub order_id: OrderId,
}

/// Hands an order's pieces out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ConsumeStock {
    /// The order.
    #[garde(skip)]
    pub order_id: OrderId,
}

commands! {
    /// The commands of one product.
    pub enum ProductCommand for "product" {
        CreateProduct = "create_product" creates,
        UpdateProduct = "update_product",
        DeleteProduct = "delete_product",
        AdjustStock = "adjust_stock",
        ReserveStock = "reserve_stock",
        ReleaseStock = "release_stock",
        ConsumeStock = "consume_stock",
    }
}

fn in_circulation(currency: &Currency, _: &()) -> garde::Result {
    match currency.is_current() {
        true => Ok(()),
        false => Err(garde::Error::new(format!(
            "{currency} is no currency in circulation (ISO 4217)"
        ))),
    }
}
