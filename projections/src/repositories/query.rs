//! The queries over repositories.

use pantheon_events::{RepositoryId, TenantId};

use super::RepositoryRow;
use crate::query::newest::{After, page};
use crate::query::{QueryError, Reads};

/// Most repositories that are looked after at a time.
const MOST: i64 = 10_000;

/// Which repositories, those that changed last first.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Also those that were put aside.
    pub include_inactive: bool,
    /// So many at most.
    pub limit: i64,
    /// Go on after an earlier page.
    pub cursor: Option<String>,
}

/// One repository of a tenant; one that was let go is not there.
///
/// # Errors
/// Postgres did not answer.
pub async fn one(
    reads: &Reads,
    tenant: TenantId,
    repository: RepositoryId,
) -> Result<Option<RepositoryRow>, QueryError> {
    let row = sqlx::query_as!(
        RepositoryRow,
        "select * from repositories where id = $1 and tenant = $2 and not removed",
        repository.as_uuid(),
        tenant.as_uuid(),
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row)
}

/// A page of a tenant's repositories, and where the next one starts.
///
/// # Errors
/// The cursor is of another list; Postgres did not answer.
pub async fn list(
    reads: &Reads,
    tenant: TenantId,
    filter: &Filter,
) -> Result<(Vec<RepositoryRow>, Option<String>), QueryError> {
    let after = After::of(filter.cursor.as_ref())?;
    let rows = sqlx::query_as!(
        RepositoryRow,
        "select * from repositories where tenant = $1 and not removed and (is_active or $2) \
         and ($3::timestamptz is null or (updated_at, id) < ($3, $4)) \
         order by updated_at desc, id desc limit $5",
        tenant.as_uuid(),
        filter.include_inactive,
        after.as_ref().map(|after| after.at),
        after.as_ref().map(|after| after.id),
        filter.limit + 1,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(page(rows, filter.limit, |row| (row.updated_at, row.id)))
}

/// How many repositories a tenant has.
///
/// # Errors
/// Postgres did not answer.
pub async fn count(reads: &Reads, tenant: TenantId) -> Result<i64, QueryError> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from repositories where tenant = $1 and not removed"#,
        tenant.as_uuid(),
    )
    .fetch_one(reads.pool())
    .await?;
    Ok(count)
}

/// How many repositories a tenant has beside one.
///
/// # Errors
/// Postgres did not answer.
pub async fn count_others(
    reads: &Reads,
    tenant: TenantId,
    repository: RepositoryId,
) -> Result<i64, QueryError> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from repositories
           where tenant = $1 and not removed and id <> $2"#,
        tenant.as_uuid(),
        repository.as_uuid(),
    )
    .fetch_one(reads.pool())
    .await?;
    Ok(count)
}

/// The repositories of all tenants that are worked on, those that somebody waits for first.
///
/// # Errors
/// Postgres did not answer.
pub async fn active(reads: &Reads) -> Result<Vec<RepositoryRow>, QueryError> {
    let rows = sqlx::query_as!(
        RepositoryRow,
        "select * from repositories where is_active and not removed \
         order by awaited desc, synced_at nulls first, id limit $1",
        MOST,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// The repositories of this name, of all tenants, that are worked on; the oldest first.
///
/// # Errors
/// Postgres did not answer.
pub async fn named(reads: &Reads, full_name: &str) -> Result<Vec<RepositoryRow>, QueryError> {
    let rows = sqlx::query_as!(
        RepositoryRow,
        "select * from repositories where lower(full_name) = $1 and is_active and not removed \
         order by created_at, id limit $2",
        full_name.to_lowercase(),
        MOST,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}
