//! The queries over worktrees.

use chrono::{DateTime, Utc};
use pantheon_events::{TenantId, WorktreeId};

use super::WorktreeRow;
use crate::query::{QueryError, Reads};

/// Which worktrees, the newest first.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// In this status.
    pub status: Option<String>,
    /// So many at most.
    pub limit: i64,
}

/// One worktree of a tenant that is not gone.
///
/// # Errors
/// Postgres did not answer.
pub async fn one(
    reads: &Reads,
    tenant: TenantId,
    worktree: WorktreeId,
) -> Result<Option<WorktreeRow>, QueryError> {
    let row = sqlx::query_as!(
        WorktreeRow,
        "select * from worktrees where id = $1 and tenant = $2 and stage <> 'gone'",
        worktree.as_uuid(),
        tenant.as_uuid(),
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row)
}

/// A tenant's worktrees that are not gone, and how many there are.
///
/// # Errors
/// Postgres did not answer.
pub async fn list(
    reads: &Reads,
    tenant: TenantId,
    filter: &Filter,
) -> Result<(Vec<WorktreeRow>, i64), QueryError> {
    let rows = sqlx::query_as!(
        WorktreeRow,
        "select * from worktrees where tenant = $1 and stage <> 'gone' \
         and ($2::text is null or status = $2) order by created_at desc, id desc limit $3",
        tenant.as_uuid(),
        filter.status,
        filter.limit,
    )
    .fetch_all(reads.pool())
    .await?;
    let total = sqlx::query_scalar!(
        r#"select count(*) as "total!" from worktrees where tenant = $1 and stage <> 'gone'
           and ($2::text is null or status = $2)"#,
        tenant.as_uuid(),
        filter.status,
    )
    .fetch_one(reads.pool())
    .await?;
    Ok((rows, total))
}

/// The worktrees of all tenants, also those that are gone; for whoever runs git.
///
/// # Errors
/// Postgres did not answer.
pub async fn all(reads: &Reads) -> Result<Vec<WorktreeRow>, QueryError> {
    let rows = sqlx::query_as!(
        WorktreeRow,
        "select * from worktrees order by stage = 'gone', updated_at desc limit 10000",
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// The worktrees of all tenants that git is to make, the oldest first.
///
/// # Errors
/// Postgres did not answer.
pub async fn requested(reads: &Reads) -> Result<Vec<WorktreeRow>, QueryError> {
    let rows = sqlx::query_as!(
        WorktreeRow,
        "select * from worktrees where stage = 'requested' order by updated_at limit 100",
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// The worktrees of all tenants that are gone since then; git may still have them.
///
/// # Errors
/// Postgres did not answer.
pub async fn gone(reads: &Reads, since: DateTime<Utc>) -> Result<Vec<WorktreeRow>, QueryError> {
    let rows = sqlx::query_as!(
        WorktreeRow,
        "select * from worktrees where stage = 'gone' and updated_at >= $1 \
         order by updated_at limit 1000",
        since,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}
