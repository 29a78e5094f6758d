//! The queries over the trail.

use chrono::{DateTime, Utc};
use pantheon_events::TenantId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::AccessRow;
use crate::query::{QueryError, Reads, cursor};

/// Which lines, the newest first.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this kind.
    pub kind: Option<String>,
    /// About whom.
    pub actor_id: Option<String>,
    /// Not before.
    pub since: Option<DateTime<Utc>>,
    /// So many at most.
    pub limit: i64,
    /// Go on after an earlier page.
    pub cursor: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct After {
    position: i64,
}

/// A page of a tenant's trail, and where the next one starts.
///
/// # Errors
/// The cursor is of another list; Postgres did not answer.
pub async fn list(
    reads: &Reads,
    tenant: TenantId,
    filter: &Filter,
) -> Result<(Vec<AccessRow>, Option<String>), QueryError> {
    let after: Option<After> = filter.cursor.as_deref().map(cursor::decode).transpose()?;
    let mut rows = sqlx::query_as!(
        AccessRow,
        "select position, id, tenant, happened_at, kind, actor_kind, actor_id, subject, ip_address, \
         user_agent, method, route, count, first_at, detail from access_log where tenant = $1 \
         and ($2::text is null or kind = $2) and ($3::text is null or actor_id = $3) \
         and ($4::timestamptz is null or happened_at >= $4) \
         and ($5::bigint is null or position < $5) \
         order by position desc limit $6",
        tenant.as_uuid(),
        filter.kind,
        filter.actor_id,
        filter.since,
        after.as_ref().map(|after| after.position),
        filter.limit + 1,
    )
    .fetch_all(reads.pool())
    .await?;
    let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more);
    let next = last.map(|last| {
        cursor::encode(&After {
            position: last.position,
        })
    });
    Ok((rows, next))
}

/// The sign-ins of a time: the newest, and how many there were.
#[derive(Clone, Debug, Default)]
pub struct SignIns {
    /// All tries.
    pub total: i64,
    /// Those that opened a session.
    pub successful: i64,
    /// Accounts that were tried; names of nobody are none.
    pub users: i64,
    /// Whose key the addresses are sealed with, and the addresses: each once.
    pub addresses: Vec<(Uuid, String)>,
}

/// Most different pairs of account and address that are looked at.
const MOST_ADDRESSES: i64 = 5_000;

/// Counts the sign-ins since a moment, of one account or of all.
///
/// # Errors
/// Postgres did not answer.
pub async fn sign_ins(
    reads: &Reads,
    tenant: TenantId,
    since: DateTime<Utc>,
    actor_id: Option<&str>,
) -> Result<SignIns, QueryError> {
    let counts = sqlx::query!(
        r#"select count(*) as "total!", count(*) filter (where kind = 'login') as "successful!",
           count(distinct actor_id) as "users!" from access_log
           where tenant = $1 and kind in ('login', 'login_failed') and happened_at >= $2
           and ($3::text is null or actor_id = $3)"#,
        tenant.as_uuid(),
        since,
        actor_id,
    )
    .fetch_one(reads.pool())
    .await?;
    let addresses = sqlx::query!(
        r#"select distinct subject as "subject!", ip_address as "ip_address!" from access_log
           where tenant = $1 and kind in ('login', 'login_failed') and happened_at >= $2
           and ($3::text is null or actor_id = $3)
           and subject is not null and ip_address is not null limit $4"#,
        tenant.as_uuid(),
        since,
        actor_id,
        MOST_ADDRESSES,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(SignIns {
        total: counts.total,
        successful: counts.successful,
        users: counts.users,
        addresses: addresses
            .into_iter()
            .map(|row| (row.subject, row.ip_address))
            .collect(),
    })
}

/// The newest sign-ins since a moment, of one account or of all.
///
/// # Errors
/// Postgres did not answer.
pub async fn newest_sign_ins(
    reads: &Reads,
    tenant: TenantId,
    since: DateTime<Utc>,
    actor_id: Option<&str>,
    limit: i64,
) -> Result<Vec<AccessRow>, QueryError> {
    let rows = sqlx::query_as!(
        AccessRow,
        "select position, id, tenant, happened_at, kind, actor_kind, actor_id, subject, ip_address, \
         user_agent, method, route, count, first_at, detail from access_log \
         where tenant = $1 and kind in ('login', 'login_failed') and happened_at >= $2 \
         and ($3::text is null or actor_id = $3) order by happened_at desc, position desc limit $4",
        tenant.as_uuid(),
        since,
        actor_id,
        limit,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}
