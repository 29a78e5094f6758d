//! The read model `agent_execution_logs`: one row per entry.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use pantheon_events::agent_executions::{AgentExecutionEvent, ExecutionLogEntry};
use pantheon_events::{AgentExecutionId, RecordedEvent};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::engine::{
    Appended, Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Wants, decode, each, id,
};
use crate::query::{QueryError, Reads};

/// The read model's name.
pub const LOGS: &str = "agent_execution_logs";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: LOGS,
    version: 1,
    tables: &["agent_execution_logs"],
    events: Wants::Events(&[("agent_execution", &["agent_execution_log_appended"])]),
    on_poison: OnPoison::Park,
};

crate::row! {
    /// One line of an execution's log.
    #[derive(Debug)]
    #[expect(missing_docs, reason = "the columns; migrations/0201 says what they hold")]
    pub struct ExecutionLogRow in "agent_execution_logs" {
        pub position: i64,
        pub n: i32,
        pub tenant: Uuid,
        pub execution_id: Uuid,
        pub id: Uuid,
        pub log_level: String,
        pub message: String,
        pub logged_at: DateTime<Utc>,
        pub metadata: Option<Value>,
    }
}

/// Keeps one row per log entry.
#[derive(Clone, Copy, Debug)]
pub struct AgentExecutionLogsProjector;

#[async_trait]
impl Projector for AgentExecutionLogsProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let mut rows = Appended::new();
        each(batch, |event| {
            if let AgentExecutionEvent::AgentExecutionLogAppended(appended) = decode(event)? {
                for (n, entry) in (0..).zip(appended.entries) {
                    rows.push(row(event, n, entry)?);
                }
            }
            Ok(())
        })?;
        rows.save(db).await
    }
}

fn row(event: &RecordedEvent, n: i32, entry: ExecutionLogEntry) -> Result<ExecutionLogRow, Fault> {
    Ok(ExecutionLogRow {
        position: event.position.get(),
        n,
        tenant: event.metadata.tenant.as_uuid(),
        execution_id: id(event)?,
        id: Uuid::new_v5(&event.event_id.as_uuid(), &n.to_be_bytes()),
        log_level: entry.log_level.to_string(),
        message: entry.message,
        logged_at: entry.timestamp.unwrap_or(event.recorded_at),
        metadata: entry.metadata.map(Value::Object),
    })
}

/// Which lines, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// Of this level.
    pub level: Option<String>,
    /// After this place.
    pub after: Option<(i64, i32)>,
    /// So many at most.
    pub limit: i64,
}

/// Where a line stands in an execution's log.
///
/// # Errors
/// Postgres did not answer.
pub async fn place(
    reads: &Reads,
    execution: AgentExecutionId,
    line: Uuid,
) -> Result<Option<(i64, i32)>, QueryError> {
    let row = sqlx::query!(
        "select position, n from agent_execution_logs where execution_id = $1 and id = $2",
        execution.as_uuid(),
        line,
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row.map(|row| (row.position, row.n)))
}

/// Lines of an execution's log.
///
/// # Errors
/// Postgres did not answer.
pub async fn lines(
    reads: &Reads,
    execution: AgentExecutionId,
    wanted: &Lines,
) -> Result<Vec<ExecutionLogRow>, QueryError> {
    let rows = sqlx::query_as!(
        ExecutionLogRow,
        "select position, n, tenant, execution_id, id, log_level, message, logged_at, metadata \
         from agent_execution_logs where execution_id = $1 \
         and ($2::text is null or log_level = $2) \
         and ($3::bigint is null or (position, n) > ($3, $4)) \
         order by position, n limit $5",
        execution.as_uuid(),
        wanted.level,
        wanted.after.map(|(position, _)| position),
        wanted.after.map(|(_, n)| n),
        wanted.limit,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}
