//! The queries over executions.

use pantheon_events::{AgentExecutionId, RepositoryId, TenantId};

use super::ExecutionRow;
use crate::query::newest::{After, page};
use crate::query::{QueryError, Reads};

/// Which executions, newest first.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// In this status.
    pub status: Option<String>,
    /// By this kind of agent.
    pub agent_type: Option<String>,
    /// In this repository.
    pub repository_id: Option<RepositoryId>,
    /// So many at most.
    pub limit: i64,
    /// Go on after an earlier page.
    pub cursor: Option<String>,
}

/// One execution of a tenant.
///
/// # Errors
/// Postgres did not answer.
pub async fn one(
    reads: &Reads,
    tenant: TenantId,
    execution: AgentExecutionId,
) -> Result<Option<ExecutionRow>, QueryError> {
    let row = sqlx::query_as!(
        ExecutionRow,
        "select * from agent_executions where id = $1 and tenant = $2",
        execution.as_uuid(),
        tenant.as_uuid(),
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row)
}

/// A page of a tenant's executions, and where the next one starts.
///
/// # Errors
/// The cursor is of another list; Postgres did not answer.
pub async fn list(
    reads: &Reads,
    tenant: TenantId,
    filter: &Filter,
) -> Result<(Vec<ExecutionRow>, Option<String>), QueryError> {
    let after = After::of(filter.cursor.as_ref())?;
    let rows = sqlx::query_as!(
        ExecutionRow,
        "select * from agent_executions where tenant = $1 \
         and ($2::text is null or status = $2) and ($3::text is null or agent_type = $3) \
         and ($4::uuid is null or repository_id = $4) \
         and ($5::timestamptz is null or (created_at, id) < ($5, $6)) \
         order by created_at desc, id desc limit $7",
        tenant.as_uuid(),
        filter.status,
        filter.agent_type,
        filter.repository_id.map(|id| id.as_uuid()),
        after.as_ref().map(|after| after.at),
        after.as_ref().map(|after| after.id),
        filter.limit + 1,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(page(rows, filter.limit, |row| (row.created_at, row.id)))
}

/// Executions by where they stand.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the states say it")]
pub struct Counts {
    pub total: i64,
    pub pending: i64,
    pub running: i64,
    pub completed: i64,
    pub failed: i64,
    /// Those that made a pull request.
    pub pull_requests: i64,
}

/// How a tenant's executions are.
///
/// # Errors
/// Postgres did not answer.
pub async fn counts(reads: &Reads, tenant: TenantId) -> Result<Counts, QueryError> {
    let counts = sqlx::query_as!(
        Counts,
        r#"select count(*) as "total!",
             count(*) filter (where status = 'pending') as "pending!",
             count(*) filter (where status = 'running') as "running!",
             count(*) filter (where status = 'completed') as "completed!",
             count(*) filter (where status = 'failed') as "failed!",
             count(pr_number) as "pull_requests!"
           from agent_executions where tenant = $1"#,
        tenant.as_uuid(),
    )
    .fetch_one(reads.pool())
    .await?;
    Ok(counts)
}
