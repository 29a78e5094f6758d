//! One approval, one policy.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

crate::row! {
    /// One approval.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0040 and 0160 say what they hold")]
    pub struct ApprovalRow in "approvals" key (id: Uuid) {
        pub id: Uuid,
        pub tenant: Uuid,
        pub resource_type: String,
        pub resource_id: Uuid,
        pub subject_digest: Option<String>,
        pub requester_id: String,
        pub approver_id: Option<String>,
        pub comments: Option<String>,
        pub status: String,
        pub title: Option<String>,
        pub context: Value,
        pub current_stage: i64,
        pub stages: Value,
        pub named_roles: Vec<String>,
        pub named_users: Vec<String>,
        pub deciders: Vec<String>,
        pub deadline: Option<DateTime<Utc>>,
        pub remind_at: Option<DateTime<Utc>>,
        pub escalates: bool,
        pub approved_at: Option<DateTime<Utc>>,
        pub consumed_at: Option<DateTime<Utc>>,
        pub expires_at: DateTime<Utc>,
        pub created_at: DateTime<Utc>,
        pub sequence: i64,
        pub request_comments: Option<String>,
    }
}

crate::row! {
    /// One policy in force.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0040 says what they hold")]
    pub struct ApprovalPolicyRow in "approval_policies" key (id: Uuid) {
        pub id: Uuid,
        pub tenant: Uuid,
        pub resource_type: String,
        pub policy: Value,
        pub updated_at: DateTime<Utc>,
        pub sequence: i64,
    }
}
