//! The words of orders.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far an order is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Not paid yet.
    #[default]
    Pending,
    /// Paid, not handed over yet.
    Paid,
    /// Handed over.
    Fulfilled,
    /// Given up before it was paid.
    Cancelled,
    /// Paid back.
    Refunded,
}

impl OrderStatus {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Fulfilled => "fulfilled",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
        }
    }
}
