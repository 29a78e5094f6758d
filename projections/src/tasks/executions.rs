//! The tasks that carry executions, counted.

use pantheon_events::TenantId;

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
