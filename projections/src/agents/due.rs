//! What processes ask: who has been silent, and which requests nobody confirmed.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::query::{QueryError, Reads};

/// A member that was not heard of for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilentAgent {
    /// Whose it is.
    pub tenant: Uuid,
    /// Its id.
    pub id: String,
    /// When it was last heard, with or without an event.
    pub last_heard: DateTime<Utc>,
}

/// A member with a request that is outstanding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedAgent {
    /// Whose it is.
    pub tenant: Uuid,
    /// Its id.
    pub id: String,
    /// When the request was made.
    pub requested_at: DateTime<Utc>,
}

/// Members whose last heartbeat is not after `before` and whose recorded health is not yet that of
/// somebody lost (`lost`), or still Healthy (not `lost`).
///
/// # Errors
/// Postgres did not answer.
pub async fn silent(
    reads: &Reads,
    before: DateTime<Utc>,
    lost: bool,
    limit: i64,
) -> Result<Vec<SilentAgent>, QueryError> {
    let rows = sqlx::query_as!(
        SilentAgent,
        "select a.tenant, a.id, greatest(a.last_heartbeat, l.heard_at) as \"last_heard!\" \
         from agents a left join agent_liveness l on l.agent_id = a.id \
         where a.last_heartbeat <= $1 and (l.heard_at is null or l.heard_at <= $1) \
           and not a.revoked \
           and (a.health = 'Healthy' \
             or ($2 and (a.health = 'Degraded' or a.status <> 'offline'))) \
         order by a.last_heartbeat limit $3",
        before,
        lost,
        limit,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// Requests made at or before `before` that nobody has confirmed, the oldest first.
///
/// # Errors
/// Postgres did not answer.
pub async fn unanswered(
    reads: &Reads,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<AskedAgent>, QueryError> {
    let rows = sqlx::query_as!(
        AskedAgent,
        "select tenant, id, requested_at as \"requested_at!\" from agents \
         where request is not null and requested_at <= $1 order by requested_at limit $2",
        before,
        limit,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}
