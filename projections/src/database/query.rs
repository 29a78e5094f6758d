//! The queries over exports.

use chrono::{DateTime, Utc};
use pantheon_events::{ExportId, TenantId};
use uuid::Uuid;

use super::ExportRow;
use crate::query::newest::{After, page};
use crate::query::{QueryError, Reads};

/// A page of a tenant's exports, newest first, and where the next one begins.
///
/// # Errors
/// The cursor is of another list; Postgres did not answer.
pub async fn list(
    reads: &Reads,
    tenant: TenantId,
    cursor: Option<&String>,
    limit: i64,
) -> Result<(Vec<ExportRow>, Option<String>), QueryError> {
    let after = After::of(cursor)?;
    let rows = sqlx::query_as!(
        ExportRow,
        "select id, tenant, user_id, status, format, tables, rows, bytes, error, created_at, expires_at \
         from database_exports where tenant = $1 and ($2::timestamptz is null or (created_at, id) < ($2, $3::uuid)) \
         order by created_at desc, id desc limit $4",
        tenant.as_uuid(),
        after.as_ref().map(|after| after.at),
        after.as_ref().map(|after| after.id),
        limit + 1,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(page(rows, limit, |row| (row.created_at, row.id)))
}

/// A tenant's export.
///
/// # Errors
/// Postgres did not answer.
pub async fn one(
    reads: &Reads,
    tenant: TenantId,
    id: ExportId,
) -> Result<Option<ExportRow>, QueryError> {
    let row = sqlx::query_as!(
        ExportRow,
        "select id, tenant, user_id, status, format, tables, rows, bytes, error, created_at, expires_at \
         from database_exports where tenant = $1 and id = $2",
        tenant.as_uuid(),
        id.as_uuid(),
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row)
}

/// An export that something has to be done about.
#[derive(Clone, Debug)]
pub struct Due {
    /// The export.
    pub id: Uuid,
    /// Whose.
    pub tenant: Uuid,
    /// `pending` or `completed`.
    pub status: String,
    /// How it is written.
    pub format: String,
    /// Of these tables; of all when empty.
    pub tables: Vec<String>,
    /// So long it can be fetched.
    pub expires_at: DateTime<Utc>,
}

/// What is to be made, and what is to be taken away, the oldest first.
///
/// # Errors
/// Postgres did not answer.
pub async fn due(reads: &Reads, now: DateTime<Utc>) -> Result<Vec<Due>, QueryError> {
    let due = sqlx::query_as!(
        Due,
        "select id, tenant, status, format, tables, expires_at from database_exports \
         where status in ('pending', 'completed') and (status = 'pending' or expires_at <= $1) \
         order by created_at limit 100",
        now,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(due)
}
