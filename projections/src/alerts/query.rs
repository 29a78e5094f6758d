//! The queries over alerts.

use chrono::{DateTime, Utc};
use pantheon_events::TenantId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::AlertRow;
use crate::query::{QueryError, Reads, cursor};

/// Which alerts, the last raised first.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only open ones, or only those that are over.
    pub open: Option<bool>,
    /// Of this severity.
    pub severity: Option<String>,
    /// So many at most.
    pub limit: i64,
    /// Go on after an earlier page.
    pub cursor: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct After {
    at: DateTime<Utc>,
    id: Uuid,
}

/// A page of a tenant's alerts, and where the next one starts.
///
/// # Errors
/// The cursor is of another list; Postgres did not answer.
pub async fn list(
    reads: &Reads,
    tenant: TenantId,
    filter: &Filter,
) -> Result<(Vec<AlertRow>, Option<String>), QueryError> {
    let after: Option<After> = filter.cursor.as_deref().map(cursor::decode).transpose()?;
    let mut rows = sqlx::query_as!(
        AlertRow,
        "select id, tenant, severity, title, description, source, subject, raised_at, resolved_at \
         from system_alerts where tenant = $1 \
         and ($2::boolean is null or (resolved_at is null) = $2) \
         and ($3::text is null or severity = $3) \
         and ($4::timestamptz is null or (raised_at, id) < ($4, $5)) \
         order by raised_at desc, id desc limit $6",
        tenant.as_uuid(),
        filter.open,
        filter.severity,
        after.as_ref().map(|after| after.at),
        after.as_ref().map(|after| after.id),
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
            at: last.raised_at,
            id: last.id,
        })
    });
    Ok((rows, next))
}

/// The tenant's open alerts of these sources.
///
/// # Errors
/// Postgres did not answer.
pub async fn open(
    reads: &Reads,
    tenant: TenantId,
    sources: &[&str],
) -> Result<Vec<AlertRow>, QueryError> {
    let sources: Vec<String> = sources.iter().map(|&source| source.to_owned()).collect();
    let rows = sqlx::query_as!(
        AlertRow,
        "select id, tenant, severity, title, description, source, subject, raised_at, resolved_at \
         from system_alerts where tenant = $1 and resolved_at is null and source = any($2)",
        tenant.as_uuid(),
        &sources,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}
