//! One task.

use pantheon_events::{TaskId, TenantId};

use super::TaskRow;
use crate::query::{QueryError, Reads};

/// A task of a tenant.
///
/// # Errors
/// Postgres did not answer.
pub async fn one(
    reads: &Reads,
    tenant: TenantId,
    task: TaskId,
) -> Result<Option<TaskRow>, QueryError> {
    let row = sqlx::query_as!(
        TaskRow,
        "select id, tenant, user_id, name, description, status, priority, agent_type, \
         required_capability, assigned_to, task_type, repository_id, execution_id, plan_id, \
         issue_number, estimated_minutes, progress, retry_count, max_retries, timeout_seconds, \
         metadata, result, error_message, started_at, completed_at, failed_at, cancelled_at, \
         created_at, updated_at, attempt, attempt_event, attempt_position, deadline, ready_at \
         from tasks where id = $1 and tenant = $2",
        task.as_uuid(),
        tenant.as_uuid(),
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row)
}
