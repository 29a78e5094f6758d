//! One repository.

use chrono::{DateTime, Utc};
use uuid::Uuid;

crate::row! {
    /// One repository.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0200 says what they hold")]
    pub struct RepositoryRow in "repositories" key (id: Uuid) {
        pub id: Uuid,
        pub tenant: Uuid,
        pub user_id: Uuid,
        pub owner: String,
        pub name: String,
        pub full_name: String,
        pub is_active: bool,
        pub removed: bool,
        pub github_repo_id: i64,
        pub default_branch: Option<String>,
        pub link_status: String,
        pub synced_at: Option<DateTime<Utc>>,
        pub synced_through: Option<DateTime<Utc>>,
        pub synced_whole: bool,
        pub awaited: bool,
        pub sync_error: Option<String>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }
}
