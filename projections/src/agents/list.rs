//! The agents of a tenant.

use chrono::{DateTime, Utc};
use pantheon_events::TenantId;
use pantheon_events::agents::{AgentStatus, Category};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use uuid::Uuid;

use super::{AgentRow, RunningTask};
use crate::query::{QueryError, Reads, cursor};

/// Which agents are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct AgentFilter {
    /// Only these.
    pub status: Option<AgentStatus>,
    /// Only these.
    pub category: Option<Category>,
    /// Only this layer.
    pub layer: Option<i32>,
}

/// The agent that the page before ended with.
#[derive(Debug, Serialize, Deserialize)]
struct After {
    ordinal: i32,
    id: String,
}

/// The agents of a tenant: the catalogue in its order, then every other enrolled one by id; and the
/// cursor of the next page if there are more. Their last heartbeats count unrecorded ones.
///
/// # Errors
/// The cursor is of another list; Postgres did not answer.
pub async fn list(
    reads: &Reads,
    tenant: TenantId,
    filter: AgentFilter,
    after: Option<&str>,
    limit: i64,
) -> Result<(Vec<AgentRow>, Option<String>), QueryError> {
    let after: Option<After> = after.map(cursor::decode).transpose()?;
    let mut rows = sqlx::query_as!(
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
         where a.tenant = $1 and a.kind = 'agent' \
           and (a.registered or a.public_key is not null) \
           and ($2::text is null or a.status = $2) \
           and ($3::text is null or a.category = $3) \
           and ($4::integer is null or a.layer = $4) \
           and ($5::integer is null or (a.ordinal, a.id) > ($5, $6)) \
         order by a.ordinal, a.id limit $7",
        tenant.as_uuid(),
        filter.status.map(AgentStatus::as_str),
        filter.category.map(Category::as_str),
        filter.layer,
        after.as_ref().map(|after| after.ordinal),
        after.as_ref().map(|after| after.id.as_str()),
        limit + 1,
    )
    .fetch_all(reads.pool())
    .await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| {
        cursor::encode(&After {
            ordinal: last.ordinal,
            id: last.id.clone(),
        })
    });
    Ok((rows.into_iter().map(AgentRow::from).collect(), next))
}

macro_rules! stored {
    ($($field:ident: $Type:ty),+ $(,)?) => {
        /// A row as Postgres gives it.
        pub(super) struct Stored {
            $(pub(super) $field: $Type,)+
            pub(super) running: Json<Vec<RunningTask>>,
        }

        impl From<Stored> for AgentRow {
            fn from(stored: Stored) -> Self {
                Self { $($field: stored.$field,)+ running: stored.running.0 }
            }
        }
    };
}

stored! {
    tenant: Uuid,
    id: String,
    kind: String,
    agent_type: String,
    name: String,
    category: String,
    layer: i32,
    capabilities: Vec<String>,
    ordinal: i32,
    registered: bool,
    public_key: Option<String>,
    revoked: bool,
    revoked_at: Option<DateTime<Utc>>,
    max_concurrent_tasks: i32,
    timeout_seconds: i32,
    retry_attempts: i32,
    enable_logging: bool,
    status: String,
    health: String,
    desired_state: String,
    request: Option<String>,
    requested_at: Option<DateTime<Utc>>,
    session_id: Option<String>,
    version: Option<String>,
    up_since: Option<DateTime<Utc>>,
    last_heartbeat: Option<DateTime<Utc>>,
    cpu_usage: Option<f64>,
    memory_usage: Option<f64>,
    said_task: Option<Uuid>,
    last_error: Option<String>,
    tasks_completed: i64,
    tasks_failed: i64,
    seconds_completed: i64,
    created_at: DateTime<Utc>,
}
