//! The read model's rows.

use chrono::{DateTime, Utc};
use uuid::Uuid;

crate::row! {
    /// One entry of a log.
    #[derive(Debug)]
    #[expect(missing_docs, reason = "the columns; migrations/0220_logs.sql says what they hold")]
    pub struct LogRow in "logs" {
        pub position: i64,
        pub n: i32,
        pub number: i64,
        pub tenant: Uuid,
        pub event_id: Uuid,
        pub logged_at: DateTime<Utc>,
        pub recorded_at: DateTime<Utc>,
        pub source: String,
        pub level: String,
        pub message: String,
        pub session_id: String,
        pub agent_type: Option<String>,
        pub agent_id: Option<String>,
        pub execution_id: Option<Uuid>,
        pub deployment_id: Option<Uuid>,
        pub context: Option<String>,
        pub file: Option<String>,
        pub line: Option<i64>,
        pub issue_number: Option<i64>,
    }
}
