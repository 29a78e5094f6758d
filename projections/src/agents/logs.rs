//! The read model `agent_logs`: one row per entry.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use pantheon_events::agents::{AgentEvent, LogEntry};
use pantheon_events::{RecordedEvent, TenantId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::engine::{
    Appended, OnPoison, ProjectError, ProjectionSpec, Projector, Wants, decode, each,
};
use crate::query::{QueryError, Reads};

/// The read model's name.
pub const LOGS: &str = "agent_logs";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: LOGS,
    version: 1,
    tables: &["agent_logs"],
    events: Wants::Events(&[("agent", &["agent_log_appended"])]),
    on_poison: OnPoison::Park,
};

crate::row! {
    /// One line of an agent's log.
    #[derive(Debug)]
    #[expect(missing_docs, reason = "the columns; migrations/0010_agents.sql says what they hold")]
    pub struct AgentLogRow in "agent_logs" {
        pub position: i64,
        pub n: i32,
        pub tenant: Uuid,
        pub agent_id: String,
        pub agent_type: String,
        pub level: String,
        pub message: String,
        pub logged_at: DateTime<Utc>,
        pub session_id: Option<String>,
        pub execution_id: Option<Uuid>,
        pub context: Option<String>,
        pub file: Option<String>,
        pub line: Option<i64>,
        pub issue_number: Option<i64>,
    }
}

/// Keeps one row per log entry.
#[derive(Clone, Copy, Debug)]
pub struct AgentLogsProjector;

#[async_trait]
impl Projector for AgentLogsProjector {
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
            if let AgentEvent::AgentLogAppended(appended) = decode(event)? {
                for (n, entry) in (0..).zip(appended.entries) {
                    rows.push(row(event, n, &appended.agent_type, entry));
                }
            }
            Ok(())
        })?;
        rows.save(db).await
    }
}

fn row(event: &RecordedEvent, n: i32, agent_type: &str, entry: LogEntry) -> AgentLogRow {
    AgentLogRow {
        position: event.position.get(),
        n,
        tenant: event.metadata.tenant.as_uuid(),
        agent_id: event.aggregate_id.clone(),
        agent_type: agent_type.to_owned(),
        level: entry.level.to_string(),
        message: entry.message,
        logged_at: entry.timestamp.unwrap_or(event.recorded_at),
        session_id: entry.session_id,
        execution_id: entry.execution_id,
        context: entry.context,
        file: entry.file,
        line: entry.line,
        issue_number: entry.issue_number,
    }
}

/// The newest entries of an agent's log, oldest first.
///
/// # Errors
/// Postgres did not answer.
pub async fn last_lines(
    reads: &Reads,
    tenant: TenantId,
    agent: &str,
    limit: i64,
) -> Result<Vec<AgentLogRow>, QueryError> {
    let mut rows = sqlx::query_as!(
        AgentLogRow,
        "select position, n, tenant, agent_id, agent_type, level, message, logged_at, session_id, \
         execution_id, context, file, line, issue_number from agent_logs \
         where tenant = $1 and agent_id = $2 order by position desc, n desc limit $3",
        tenant.as_uuid(),
        agent,
        limit,
    )
    .fetch_all(reads.pool())
    .await?;
    rows.reverse();
    Ok(rows)
}
