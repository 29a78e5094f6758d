//! One execution.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

crate::row! {
    /// One execution.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0201 says what they hold")]
    pub struct ExecutionRow in "agent_executions" key (id: Uuid) {
        pub id: Uuid,
        pub tenant: Uuid,
        pub repository_id: Uuid,
        pub repository: String,
        pub issue_number: i64,
        pub agent_type: String,
        pub status: String,
        pub started_at: Option<DateTime<Utc>>,
        pub completed_at: Option<DateTime<Utc>>,
        pub result_summary: Option<Value>,
        pub quality_score: Option<f64>,
        pub pr_number: Option<i64>,
        pub error_message: Option<String>,
        pub options: Value,
        pub progress: i32,
        pub task_id: Uuid,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }
}
