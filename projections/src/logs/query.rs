//! The queries over entries.

use chrono::{DateTime, Utc};
use pantheon_events::{DeploymentId, TenantId};
use serde::{Deserialize, Serialize};

use super::{Filter, LogRow};
use crate::query::{QueryError, Reads, cursor};

/// So many are counted, and no more.
pub const MOST_COUNTED: i64 = 10_000;

/// How many entries there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// At most [`MOST_COUNTED`].
    pub total: i64,
    /// Whether there are more.
    pub capped: bool,
}

/// Where a page ended.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Place {
    at: DateTime<Utc>,
    position: i64,
    n: i32,
}

/// A page of a tenant's entries, newest first, and where the next one begins.
///
/// # Errors
/// The cursor is of another list; Postgres did not answer.
pub async fn page(
    reads: &Reads,
    tenant: TenantId,
    filter: &Filter,
    after: Option<&str>,
    limit: i64,
) -> Result<(Vec<LogRow>, Option<String>), QueryError> {
    let after: Option<Place> = after.map(cursor::decode).transpose()?;
    let mut rows = sqlx::query_as!(
        LogRow,
        "select position, n, number, tenant, event_id, logged_at, recorded_at, source, level, \
         message, session_id, agent_type, agent_id, execution_id, deployment_id, context, file, \
         line, issue_number from logs where tenant = $1 \
         and ($2::text is null or level = $2) and ($3::text is null or agent_type = $3) \
         and ($4::bigint is null or issue_number = $4) \
         and ($5::text is null or strpos(lower(message), lower($5)) > 0) \
         and ($6::timestamptz is null or logged_at >= $6) \
         and ($7::timestamptz is null or logged_at <= $7) and ($8::text is null or source = $8) \
         and ($9::timestamptz is null or (logged_at, position, n) < ($9, $10::bigint, $11::integer)) \
         order by logged_at desc, position desc, n desc limit $12",
        tenant.as_uuid(),
        filter.level,
        filter.agent_type,
        filter.issue_number,
        filter.search,
        filter.start_time,
        filter.end_time,
        filter.source,
        after.map(|after| after.at),
        after.map(|after| after.position),
        after.map(|after| after.n),
        limit + 1,
    )
    .fetch_all(reads.pool())
    .await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| {
        cursor::encode(&Place {
            at: last.logged_at,
            position: last.position,
            n: last.n,
        })
    });
    Ok((rows, next))
}

/// How many of a tenant's entries are wanted, counted to [`MOST_COUNTED`].
///
/// # Errors
/// Postgres did not answer.
pub async fn count(
    reads: &Reads,
    tenant: TenantId,
    filter: &Filter,
) -> Result<Counted, QueryError> {
    let found = sqlx::query_scalar!(
        r#"select count(*) as "found!" from (select from logs where tenant = $1
           and ($2::text is null or level = $2) and ($3::text is null or agent_type = $3)
           and ($4::bigint is null or issue_number = $4)
           and ($5::text is null or strpos(lower(message), lower($5)) > 0)
           and ($6::timestamptz is null or logged_at >= $6)
           and ($7::timestamptz is null or logged_at <= $7) and ($8::text is null or source = $8)
           limit $9) as found"#,
        tenant.as_uuid(),
        filter.level,
        filter.agent_type,
        filter.issue_number,
        filter.search,
        filter.start_time,
        filter.end_time,
        filter.source,
        MOST_COUNTED + 1,
    )
    .fetch_one(reads.pool())
    .await?;
    Ok(Counted {
        total: found.min(MOST_COUNTED),
        capped: found > MOST_COUNTED,
    })
}

/// The newest entries of a deployment's log, oldest first.
///
/// # Errors
/// Postgres did not answer.
pub async fn of_deployment(
    reads: &Reads,
    tenant: TenantId,
    deployment: DeploymentId,
    limit: i64,
) -> Result<Vec<LogRow>, QueryError> {
    let mut rows = sqlx::query_as!(
        LogRow,
        "select position, n, number, tenant, event_id, logged_at, recorded_at, source, level, \
         message, session_id, agent_type, agent_id, execution_id, deployment_id, context, file, \
         line, issue_number from logs where deployment_id = $1 and tenant = $2 \
         order by position desc, n desc limit $3",
        deployment.as_uuid(),
        tenant.as_uuid(),
        limit,
    )
    .fetch_all(reads.pool())
    .await?;
    rows.reverse();
    Ok(rows)
}
