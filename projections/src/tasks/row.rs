//! One task as the list shows it.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

crate::row! {
    /// One task that was not deleted.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0020_tasks.sql says what they hold")]
    pub struct TaskRow in "tasks" key (id: Uuid) {
        pub id: Uuid,
        pub tenant: Uuid,
        pub user_id: Uuid,
        pub name: String,
        pub description: Option<String>,
        pub status: String,
        pub priority: String,
        pub agent_type: Option<String>,
        pub required_capability: Option<String>,
        pub assigned_to: Option<String>,
        pub task_type: Option<String>,
        pub repository_id: Option<Uuid>,
        pub execution_id: Option<Uuid>,
        pub plan_id: Option<Uuid>,
        pub issue_number: Option<i64>,
        pub estimated_minutes: Option<i32>,
        pub progress: i32,
        pub retry_count: i32,
        pub max_retries: i32,
        pub timeout_seconds: i32,
        pub metadata: Value,
        pub result: Option<Value>,
        pub error_message: Option<String>,
        pub started_at: Option<DateTime<Utc>>,
        pub completed_at: Option<DateTime<Utc>>,
        pub failed_at: Option<DateTime<Utc>>,
        pub cancelled_at: Option<DateTime<Utc>>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
        pub attempt: i32,
        pub attempt_event: Option<Uuid>,
        pub attempt_position: Option<i64>,
        pub deadline: Option<DateTime<Utc>>,
        pub ready_at: Option<DateTime<Utc>>,
    }
}
