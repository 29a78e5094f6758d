//! One order.

use chrono::{DateTime, Utc};
use uuid::Uuid;

crate::row! {
    /// One order.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0030 says what they hold")]
    pub struct OrderRow in "orders" key (id: Uuid) {
        pub id: Uuid,
        pub tenant: Uuid,
        pub product_id: Uuid,
        pub product_name: String,
        pub user_id: String,
        pub quantity: i64,
        pub unit_minor: i64,
        pub total_minor: i64,
        pub currency: String,
        pub status: String,
        pub payment_id: Option<Uuid>,
        pub approval_id: Option<Uuid>,
        pub cancel_reason: Option<String>,
        pub holds_stock: bool,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub sequence: i64,
    }
}
