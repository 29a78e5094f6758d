//! Edges of one task.

use pantheon_events::{DependencyId, TaskId, TenantId};
use uuid::Uuid;

use super::DependencyRow;
use crate::query::{QueryError, Reads};

/// What a task waits for, oldest first. At most 100 can be there.
///
/// # Errors
/// Postgres did not answer.
pub async fn dependencies(
    reads: &Reads,
    tenant: TenantId,
    task: TaskId,
) -> Result<Vec<DependencyRow>, QueryError> {
    let rows = sqlx::query_as!(
        DependencyRow,
        "select id, tenant, task_id, depends_on_task_id, dependency_type, created_at, removed, \
         position, sequence from task_dependencies \
         where task_id = $1 and tenant = $2 and not removed order by position, id",
        task.as_uuid(),
        tenant.as_uuid(),
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// One edge, removed or not.
///
/// # Errors
/// Postgres did not answer.
pub async fn dependency(
    reads: &Reads,
    tenant: TenantId,
    id: DependencyId,
) -> Result<Option<DependencyRow>, QueryError> {
    let row = sqlx::query_as!(
        DependencyRow,
        "select id, tenant, task_id, depends_on_task_id, dependency_type, created_at, removed, \
         position, sequence from task_dependencies where id = $1 and tenant = $2",
        id.as_uuid(),
        tenant.as_uuid(),
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row)
}

/// The newest edge of a task with this id or to this task, removed or not.
///
/// # Errors
/// Postgres did not answer.
pub async fn removed(
    reads: &Reads,
    tenant: TenantId,
    task: TaskId,
    named: Uuid,
) -> Result<Option<DependencyRow>, QueryError> {
    let row = sqlx::query_as!(
        DependencyRow,
        "select id, tenant, task_id, depends_on_task_id, dependency_type, created_at, removed, \
         position, sequence from task_dependencies \
         where task_id = $1 and tenant = $2 and (id = $3 or depends_on_task_id = $3) \
         order by position desc limit 1",
        task.as_uuid(),
        tenant.as_uuid(),
        named,
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row)
}

/// The edges between these tasks, oldest first.
///
/// # Errors
/// Postgres did not answer.
pub async fn between(
    reads: &Reads,
    tenant: TenantId,
    tasks: &[Uuid],
) -> Result<Vec<DependencyRow>, QueryError> {
    let rows = sqlx::query_as!(
        DependencyRow,
        "select id, tenant, task_id, depends_on_task_id, dependency_type, created_at, removed, \
         position, sequence from task_dependencies \
         where task_id = any($1) and depends_on_task_id = any($1) and tenant = $2 and not removed \
         order by position, id",
        tasks,
        tenant.as_uuid(),
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}
