//! Why a product says no.

use pantheon_events::Refusal;
use pantheon_events::money::InvalidMoney;

use crate::domain::RuleError;

/// The refusals of products.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProductError {
    /// The id has a product.
    #[error("There is a product with this id already. Choose another id.")]
    AlreadyExists,
    /// It was deleted.
    #[error("The product was deleted.")]
    Deleted,
    /// The price is not an amount of this currency.
    #[error("{0}")]
    Price(InvalidMoney),
    /// Orders hold pieces of it.
    #[error("{0} orders hold pieces of this product. Fulfil or cancel them first.")]
    InUse(usize),
    /// Neither or both of `delta` and `set`.
    #[error("Give either `delta` or `set`, and only one of them.")]
    DeltaOrSet,
    /// The stock of this product is not counted.
    #[error("The stock of this product is not counted. Give it a stock with `set` first.")]
    NotCounted,
    /// Fewer pieces than orders hold.
    #[error("{reserved} pieces are reserved by orders, so the stock cannot go below that.")]
    BelowReserved {
        /// Pieces that orders hold.
        reserved: i64,
    },
    /// Not for sale.
    #[error("The product is not active, so it cannot be ordered.")]
    NotActive,
    /// Too few pieces.
    #[error("Only {available} pieces are available.")]
    OutOfStock {
        /// Pieces that nobody holds.
        available: i64,
    },
    /// The order came too late for what was set aside for it.
    #[error(
        "The pieces set aside for this order were put back before it was placed. Order again \
         under a new Idempotency-Key."
    )]
    ReservationExpired,
}

impl RuleError for ProductError {
    fn refusal(&self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::AlreadyExists => Refusal::already_exists(message),
            Self::Deleted => Refusal::not_found(),
            Self::Price(_) => Refusal::invalid("price", message),
            Self::InUse(_) => Refusal::rule("product_in_use", message),
            Self::DeltaOrSet => Refusal::invalid("delta", message),
            Self::NotCounted => Refusal::rule("stock_not_counted", message),
            Self::BelowReserved { .. } => Refusal::rule("stock_below_reserved", message),
            Self::NotActive => Refusal::rule("product_not_active", message),
            Self::OutOfStock { .. } => Refusal::rule("out_of_stock", message),
            Self::ReservationExpired => Refusal::rule("reservation_expired", message),
        }
    }
}
