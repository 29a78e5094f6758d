//! The words of products.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a product can be bought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProductStatus {
    /// Not shown to buyers yet.
    Draft,
    /// For sale.
    #[default]
    Active,
    /// Not for sale any more.
    Inactive,
}

impl ProductStatus {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }
}
