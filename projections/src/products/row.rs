//! One product, and what an order holds of it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

crate::row! {
    /// One product. A deleted one stays, so that its orders can still be explained.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0030 says what they hold")]
    pub struct ProductRow in "products" key (id: Uuid) {
        pub id: Uuid,
        pub tenant: Uuid,
        pub name: String,
        pub description: Option<String>,
        pub price_minor: i64,
        pub currency: String,
        pub category: Option<String>,
        pub status: String,
        pub stock: Option<i64>,
        pub reserved: i64,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub sequence: i64,
        pub deleted: bool,
    }
}

crate::row! {
    /// Pieces of a product that an order holds.
    #[derive(Debug)]
    #[expect(missing_docs, reason = "the columns; migrations/0080 says what they hold")]
    pub struct ReservationRow in "reservations" key (product: Uuid, order_id: Uuid) {
        pub product: Uuid,
        pub order_id: Uuid,
        pub tenant: Uuid,
        pub quantity: i64,
        pub reserved_at: DateTime<Utc>,
    }
}
