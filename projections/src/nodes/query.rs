//! The queries over nodes, and the numbers of the dashboard.

use chrono::{DateTime, Utc};
use pantheon_events::TenantId;

use super::NodeRow;
use crate::query::{QueryError, Reads};

/// What the dashboard counts.
#[derive(Clone, Copy, Debug)]
pub struct Totals {
    /// Agents that are active.
    pub active_agents: i64,
    /// Tasks that were not deleted.
    pub total_tasks: i64,
    /// Of these, completed ones.
    pub completed_tasks: i64,
}

/// Nodes that have not stopped and were sampled since `since`, oldest first.
///
/// # Errors
/// Postgres did not answer.
pub async fn live(
    reads: &Reads,
    tenant: TenantId,
    since: DateTime<Utc>,
) -> Result<Vec<NodeRow>, QueryError> {
    let rows = sqlx::query_as!(
        NodeRow,
        "select id, tenant, version, started_at, stopped_at, sampled_at, cpu_usage, memory_usage, \
         disk_usage, uptime_seconds, parts from nodes \
         where tenant = $1 and stopped_at is null and sampled_at >= $2 order by started_at, id",
        tenant.as_uuid(),
        since,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// The tenant's counts.
///
/// # Errors
/// Postgres did not answer.
pub async fn totals(reads: &Reads, tenant: TenantId) -> Result<Totals, QueryError> {
    let totals = sqlx::query_as!(
        Totals,
        r#"select
             (select count(*) from agents
              where tenant = $1 and status = 'active' and kind = 'agent') as "active_agents!",
             (select count(*) from tasks where tenant = $1) as "total_tasks!",
             (select count(*) from tasks
              where tenant = $1 and status = 'completed') as "completed_tasks!""#,
        tenant.as_uuid(),
    )
    .fetch_one(reads.pool())
    .await?;
    Ok(totals)
}
