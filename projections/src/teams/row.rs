//! One team, and one of its members.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

crate::row! {
    /// One team. A deleted one stays, so that its slug can still be explained.
    #[derive(Debug)]
    #[expect(missing_docs, reason = "the columns; migrations/0150 says what they hold")]
    pub struct TeamRow in "teams" key (id: Uuid) {
        pub id: Uuid,
        pub organization_id: Uuid,
        pub name: String,
        pub slug: String,
        pub description: Option<String>,
        pub is_visible: bool,
        pub settings: Value,
        pub deleted: bool,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub sequence: i64,
    }
}

crate::row! {
    /// One member of a team.
    #[derive(Debug)]
    #[expect(missing_docs, reason = "the columns; migrations/0150 says what they hold")]
    pub struct TeamMemberRow in "team_members" key (team_id: Uuid, user_id: Uuid) {
        pub team_id: Uuid,
        pub user_id: Uuid,
        pub organization_id: Uuid,
        pub role: String,
        pub joined_at: DateTime<Utc>,
    }
}
