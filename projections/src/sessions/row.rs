//! One session.

use chrono::{DateTime, Utc};
use uuid::Uuid;

crate::row! {
    /// One session.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0110 says what they hold")]
    pub struct SessionRow in "sessions" key (id: Uuid) {
        pub id: Uuid,
        pub user_id: Uuid,
        pub way: String,
        pub organization_id: Option<Uuid>,
        pub started_at: DateTime<Utc>,
        pub last_activity_at: DateTime<Utc>,
        pub ip_address: Option<String>,
        pub user_agent: Option<String>,
        pub ended_at: Option<DateTime<Utc>>,
        pub end_reason: Option<String>,
    }
}
