//! An entry as it is shown.

use chrono::{DateTime, Utc};
use pantheon_events::agents::catalogue_type;
use pantheon_projections::logs::LogRow;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// One entry of a log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Log {
    /// The event it came with, and its place in it.
    pub id: String,
    /// When.
    pub timestamp: DateTime<Utc>,
    /// What.
    pub message: String,
    /// The run it belongs to; a commit's full hash.
    pub session_id: String,
    /// `INFO`, `DEBUG`, `WARN` or `ERROR`.
    pub level: String,
    /// The kind of agent, by its long name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_type: Option<String>,
    /// Whatever helps to place it; a commit's short hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// The file it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The issue it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue_number: Option<i64>,
    /// The line in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<i64>,
    /// `agent`, `execution`, `git` or `deployment`.
    pub source: String,
    /// The agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// The execution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_id: Option<Uuid>,
}

impl From<LogRow> for Log {
    fn from(row: LogRow) -> Self {
        let long = |id: String| match catalogue_type(&id) {
            Some(known) => known.long_name(),
            None => id,
        };
        Self {
            id: format!("{}:{}", row.event_id, row.n),
            timestamp: row.logged_at,
            message: row.message,
            session_id: row.session_id,
            level: row.level,
            agent_type: row.agent_type.map(long),
            context: row.context,
            file: row.file,
            issue_number: row.issue_number,
            line: row.line,
            source: row.source,
            agent_id: row.agent_id,
            execution_id: row.execution_id,
        }
    }
}
