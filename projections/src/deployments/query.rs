//! The queries over deployments.

use chrono::{DateTime, Utc};
use pantheon_events::{DeploymentId, TenantId};
use uuid::Uuid;

use super::DeploymentRow;
use crate::query::newest::{After, page};
use crate::query::{QueryError, Reads};

/// Which deployments, newest first.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this environment.
    pub environment: Option<String>,
    /// In this status.
    pub status: Option<String>,
    /// So many at most.
    pub limit: i64,
    /// Go on after an earlier page.
    pub cursor: Option<String>,
}

/// One deployment of a tenant.
///
/// # Errors
/// Postgres did not answer.
pub async fn one(
    reads: &Reads,
    tenant: TenantId,
    deployment: DeploymentId,
) -> Result<Option<DeploymentRow>, QueryError> {
    let row = sqlx::query_as!(
        DeploymentRow,
        "select * from deployments where id = $1 and tenant = $2",
        deployment.as_uuid(),
        tenant.as_uuid(),
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row)
}

/// A page of a tenant's deployments, and where the next one starts.
///
/// # Errors
/// The cursor is of another list; Postgres did not answer.
pub async fn list(
    reads: &Reads,
    tenant: TenantId,
    filter: &Filter,
) -> Result<(Vec<DeploymentRow>, Option<String>), QueryError> {
    let after = After::of(filter.cursor.as_ref())?;
    let rows = sqlx::query_as!(
        DeploymentRow,
        "select * from deployments where tenant = $1 \
         and ($2::text is null or environment = $2) and ($3::text is null or status = $3) \
         and ($4::timestamptz is null or (created_at, id) < ($4, $5)) \
         order by created_at desc, id desc limit $6",
        tenant.as_uuid(),
        filter.environment,
        filter.status,
        after.as_ref().map(|after| after.at),
        after.as_ref().map(|after| after.id),
        filter.limit + 1,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(page(rows, filter.limit, |row| (row.created_at, row.id)))
}

/// The newest deployment of an environment; one that is open before any tag.
///
/// # Errors
/// Postgres did not answer.
pub async fn newest(reads: &Reads, environment: Uuid) -> Result<Option<DeploymentRow>, QueryError> {
    let row = sqlx::query_as!(
        DeploymentRow,
        "select * from deployments where environment_id = $1 \
         order by status in ('pending', 'running') desc, created_at desc, id desc limit 1",
        environment,
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row)
}

/// A tenant's deployments that the agent has to carry on with: released and not ended, in the order
/// of their release.
///
/// # Errors
/// Postgres did not answer.
pub async fn in_hand(reads: &Reads, tenant: TenantId) -> Result<Vec<DeploymentRow>, QueryError> {
    let rows = sqlx::query_as!(
        DeploymentRow,
        "select * from deployments where tenant = $1 and released_at is not null \
         and status in ('pending', 'running') order by released_at, id limit 500",
        tenant.as_uuid(),
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// Deployments of all tenants that were released before `released` and did not start.
///
/// # Errors
/// Postgres did not answer.
pub async fn unstarted(
    reads: &Reads,
    released: DateTime<Utc>,
) -> Result<Vec<DeploymentRow>, QueryError> {
    let rows = sqlx::query_as!(
        DeploymentRow,
        "select * from deployments where status = 'pending' and released_at < $1 \
         order by released_at, id limit 500",
        released,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// A deployment that nothing was heard of for too long.
#[derive(Clone, Debug)]
pub struct Overdue {
    /// The deployment.
    pub id: Uuid,
    /// Its tenant.
    pub tenant: Uuid,
    /// Its environment's stream.
    pub environment_id: Uuid,
    /// `pending` or `running`.
    pub status: String,
}

/// Released deployments that did not start since `unstarted`, and running ones that were silent
/// since `silent`.
///
/// # Errors
/// Postgres did not answer.
pub async fn overdue(
    reads: &Reads,
    unstarted: DateTime<Utc>,
    silent: DateTime<Utc>,
) -> Result<Vec<Overdue>, QueryError> {
    let rows = sqlx::query_as!(
        Overdue,
        "select id, tenant, environment_id, status from deployments \
         where (status = 'pending' and released_at < $1) or (status = 'running' and updated_at < $2) \
         order by updated_at limit 500",
        unstarted,
        silent,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}
