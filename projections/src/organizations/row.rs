//! One organisation, and one membership.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

/// Permissions beside a role, and until when each counts.
pub type Grants = BTreeMap<String, Option<DateTime<Utc>>>;

crate::row! {
    /// One organisation. A deleted one stays, so that its slug can still be explained.
    #[derive(Debug)]
    #[expect(missing_docs, reason = "the columns; migrations/0150 says what they hold")]
    pub struct OrganizationRow in "organizations" key (id: Uuid) {
        pub id: Uuid,
        pub name: String,
        pub slug: String,
        pub description: Option<String>,
        pub avatar_url: Option<String>,
        pub github_org_login: Option<String>,
        pub settings: Value,
        pub plan: String,
        pub features: Value,
        pub owner_id: Option<Uuid>,
        pub deleted: bool,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub sequence: i64,
    }
}

crate::row! {
    /// One membership.
    #[derive(Debug)]
    #[expect(missing_docs, reason = "the columns; migrations/0150 says what they hold")]
    pub struct MemberRow in "organization_members" key (organization_id: Uuid, user_id: Uuid) {
        pub organization_id: Uuid,
        pub user_id: Uuid,
        pub role: String,
        pub status: String,
        pub grants: Grants,
        pub invited_at: DateTime<Utc>,
        pub joined_at: Option<DateTime<Utc>>,
    }
}
