//! One deployment.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

crate::row! {
    /// One deployment.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0050 says what they hold")]
    pub struct DeploymentRow in "deployments" key (id: Uuid) {
        pub id: Uuid,
        pub tenant: Uuid,
        pub environment_id: Uuid,
        pub environment: String,
        pub version: String,
        pub deployment_type: String,
        pub status: String,
        pub outcome: Option<String>,
        pub commit_sha: Option<String>,
        pub pr_number: Option<i64>,
        pub deployed_by: String,
        pub approval_id: Option<Uuid>,
        pub released_at: Option<DateTime<Utc>>,
        pub started_at: Option<DateTime<Utc>>,
        pub completed_at: Option<DateTime<Utc>>,
        pub duration_seconds: Option<i64>,
        pub health_check_status: String,
        pub rollback_available: bool,
        pub stages: Value,
        pub error: Option<String>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }
}
