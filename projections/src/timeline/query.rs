//! The newest changes.

use pantheon_events::TenantId;

use super::TimelineRow;
use crate::query::{QueryError, Reads};

/// The newest `window` changes of a tenant's agents, newest first.
///
/// # Errors
/// Postgres did not answer.
pub async fn window(
    reads: &Reads,
    tenant: TenantId,
    window: i64,
) -> Result<Vec<TimelineRow>, QueryError> {
    let rows = sqlx::query_as!(
        TimelineRow,
        "select position, tenant, happened_at, agent, state, task from timeline \
         where tenant = $1 order by position desc limit $2",
        tenant.as_uuid(),
        window,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}
