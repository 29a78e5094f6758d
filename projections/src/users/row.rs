//! One account.

use chrono::{DateTime, Utc};
use uuid::Uuid;

crate::row! {
    /// One account.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0110 says what they hold")]
    pub struct UserRow in "users" key (id: Uuid) {
        pub id: Uuid,
        pub email_key: String,
        pub email: String,
        pub username_key: String,
        pub username: String,
        pub full_name: Option<String>,
        pub avatar_url: Option<String>,
        pub github_id: Option<i64>,
        pub role: String,
        pub active: bool,
        pub email_verified: bool,
        pub credential_id: Option<Uuid>,
        pub locked_until: Option<DateTime<Utc>>,
        pub tokens_after: Option<i64>,
        pub password_after: Option<i64>,
        pub password_keeps: Option<Uuid>,
        pub last_login_at: Option<DateTime<Utc>>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub sequence: i64,
    }
}
