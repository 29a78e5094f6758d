//! The tasks that carry executions.

use chrono::{DateTime, Utc};
use pantheon_events::TenantId;
use serde_json::Value;
use uuid::Uuid;

use crate::query::{QueryError, Reads};

/// Executions by the state of their task.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the states say it")]
pub struct Executions {
    pub total: i64,
    pub pending: i64,
    pub running: i64,
    pub completed: i64,
    pub failed: i64,
    /// Repositories that tasks are about.
    pub repositories: i64,
    /// Completed ones that made a pull request.
    pub pull_requests: i64,
}

/// The tenant's executions.
///
/// # Errors
/// Postgres did not answer.
pub async fn executions(reads: &Reads, tenant: TenantId) -> Result<Executions, QueryError> {
    let counts = sqlx::query_as!(
        Executions,
        r#"select count(*) filter (where execution_id is not null) as "total!",
             count(*) filter (where execution_id is not null and status = 'pending') as "pending!",
             count(*) filter (where execution_id is not null and status = 'running') as "running!",
             count(*) filter (where execution_id is not null and status = 'completed')
               as "completed!",
             count(*) filter (where execution_id is not null and status = 'failed') as "failed!",
             count(distinct repository_id) as "repositories!",
             count(*) filter (where execution_id is not null and status = 'completed'
               and jsonb_typeof(result -> 'pr_number') = 'number') as "pull_requests!"
           from tasks where tenant = $1"#,
        tenant.as_uuid(),
    )
    .fetch_one(reads.pool())
    .await?;
    Ok(counts)
}

/// An execution, as its task has it.
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "the columns; migrations/0020_tasks.sql says what they hold"
)]
pub struct ExecutionRow {
    pub id: Uuid,
    pub execution_id: Uuid,
    pub repository_id: Option<Uuid>,
    pub issue_number: Option<i64>,
    pub agent_type: Option<String>,
    pub status: String,
    pub progress: i32,
    pub metadata: Value,
    pub result: Option<Value>,
    pub error_message: Option<String>,
    pub started_at: Option<DateTime<Utc>>,
    /// When it was completed, failed or was cancelled.
    pub ended_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// The tenant's newest executions.
///
/// # Errors
/// Postgres did not answer.
pub async fn recent_executions(
    reads: &Reads,
    tenant: TenantId,
    limit: i64,
) -> Result<Vec<ExecutionRow>, QueryError> {
    let rows = sqlx::query_as!(
        ExecutionRow,
        r#"select id, execution_id as "execution_id!", repository_id, issue_number, agent_type,
             status, progress, metadata, result, error_message, started_at,
             coalesce(completed_at, failed_at, cancelled_at) as ended_at, created_at, updated_at
           from tasks where tenant = $1 and execution_id is not null
           order by created_at desc, id desc limit $2"#,
        tenant.as_uuid(),
        limit,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}
