//! One agent, under any of its names.

use pantheon_events::TenantId;
use pantheon_events::agents::catalogue_type;

use sqlx::types::Json;

use super::list::Stored;
use super::{AgentRow, RunningTask};
use crate::query::{QueryError, Reads};

/// The member of a tenant with this id. Its last heartbeat counts unrecorded ones.
///
/// # Errors
/// Postgres did not answer.
pub async fn one(
    reads: &Reads,
    tenant: TenantId,
    id: &str,
) -> Result<Option<AgentRow>, QueryError> {
    let row = sqlx::query_as!(
        Stored,
        "select a.tenant, a.id, a.kind, a.agent_type, a.name, a.category, a.layer, \
         a.capabilities, a.ordinal, a.registered, a.public_key, a.revoked, a.revoked_at, \
         a.max_concurrent_tasks, a.timeout_seconds, a.retry_attempts, a.enable_logging, a.status, \
         a.health, a.desired_state, a.request, a.requested_at, a.session_id, a.version, \
         a.up_since, greatest(a.last_heartbeat, l.heard_at) as last_heartbeat, a.cpu_usage, \
         a.memory_usage, a.said_task, a.last_error, \
         a.running as \"running: Json<Vec<RunningTask>>\", a.tasks_completed, a.tasks_failed, \
         a.seconds_completed, a.created_at \
         from agents a left join agent_liveness l on l.agent_id = a.id \
         where a.tenant = $1 and a.id = $2",
        tenant.as_uuid(),
        id,
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row.map(AgentRow::from))
}

/// The id of the member that a name means: its own id, else the catalogue's alias of one.
///
/// # Errors
/// Postgres did not answer.
pub async fn find(
    reads: &Reads,
    tenant: TenantId,
    name: &str,
) -> Result<Option<String>, QueryError> {
    let alias = catalogue_type(name).map(|known| known.id);
    let id = sqlx::query_scalar!(
        "select id from agents where tenant = $1 and (id = $2 or id = $3) \
         order by id = $2 desc limit 1",
        tenant.as_uuid(),
        name,
        alias,
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(id)
}

/// How many agents of a tenant hold a key, without this one.
///
/// # Errors
/// Postgres did not answer.
pub async fn others_enrolled(reads: &Reads, tenant: TenantId, id: &str) -> Result<i64, QueryError> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from agents
           where tenant = $1 and id <> $2 and public_key is not null and not revoked"#,
        tenant.as_uuid(),
        id,
    )
    .fetch_one(reads.pool())
    .await?;
    Ok(count)
}
