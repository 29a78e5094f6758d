//! The read model's rows.

use chrono::{DateTime, Utc};
use uuid::Uuid;

crate::row! {
    /// One export.
    #[derive(Debug)]
    #[expect(missing_docs, reason = "the columns; migrations/0221_database.sql says what they hold")]
    pub struct ExportRow in "database_exports" key (id: Uuid) {
        pub id: Uuid,
        pub tenant: Uuid,
        pub user_id: String,
        pub status: String,
        pub format: String,
        pub tables: Vec<String>,
        pub rows: Option<i64>,
        pub bytes: Option<i64>,
        pub error: Option<String>,
        pub created_at: DateTime<Utc>,
        pub expires_at: DateTime<Utc>,
    }
}
