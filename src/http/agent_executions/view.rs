//! An execution on the outside.

use chrono::{DateTime, Utc};
use pantheon_events::{AgentExecutionId, Sequence};
use pantheon_projections::agent_executions::{ExecutionRow, NAME, one};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::http::Caller;
use crate::http::after::{Shown, shown};
use crate::store::Receipt;

/// An agent at work on an issue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AgentExecution)]
pub struct Execution {
    id: Uuid,
    repository_id: Uuid,
    issue_number: i64,
    /// A catalogue id.
    agent_type: String,
    /// `pending`, `running`, `completed`, `failed` or `cancelled`.
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<DateTime<Utc>>,
    /// When it ended, however it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_at: Option<DateTime<Utc>>,
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    result_summary: Option<Value>,
    /// 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    quality_score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pr_number: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
    /// `{use_worktree, auto_pr, slack_notify}`.
    #[schema(value_type = Object)]
    options: Value,
    /// 0 to 100.
    progress: i32,
    task_id: Uuid,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// The sequence of its stream, for `If-Match`; in answers about one only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    sequence: Option<Sequence>,
}

impl From<ExecutionRow> for Execution {
    fn from(row: ExecutionRow) -> Self {
        Self {
            id: row.id,
            repository_id: row.repository_id,
            issue_number: row.issue_number,
            agent_type: row.agent_type,
            status: row.status,
            started_at: row.started_at,
            completed_at: row.completed_at,
            result_summary: row.result_summary,
            quality_score: row.quality_score,
            pr_number: row.pr_number,
            error_message: row.error_message,
            options: row.options,
            progress: row.progress,
            task_id: row.task_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
            sequence: None,
        }
    }
}

impl Execution {
    /// The execution with its stream's sequence.
    pub(super) fn numbered(row: ExecutionRow, sequence: Sequence) -> Self {
        Self {
            sequence: Some(sequence),
            ..Self::from(row)
        }
    }
}

/// The execution as the read model shows it after a command.
pub(super) async fn after(
    app: &App,
    caller: &Caller,
    execution: AgentExecutionId,
    receipt: &Receipt,
) -> Shown<Execution> {
    let row = one(&app.reads, caller.tenant, execution);
    let shown = shown(app, NAME, receipt, row).await;
    shown.map(|row| Execution::numbered(row, receipt.sequence))
}
