//! The queries over plans.

use pantheon_events::{PlanId, TenantId};

use super::PlanRow;
use crate::query::newest::{After, page};
use crate::query::{QueryError, Reads};

/// Which plans, newest first.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The status' word.
    pub status: Option<&'static str>,
    /// The issue they are about.
    pub issue_number: Option<i64>,
    /// So many at most.
    pub limit: i64,
    /// Go on after an earlier page.
    pub cursor: Option<String>,
}

/// One plan of a tenant.
///
/// # Errors
/// Postgres did not answer.
pub async fn one(
    reads: &Reads,
    tenant: TenantId,
    plan: PlanId,
) -> Result<Option<PlanRow>, QueryError> {
    let row = sqlx::query_as!(
        PlanRow,
        "select * from plans where id = $1 and tenant = $2",
        plan.as_uuid(),
        tenant.as_uuid(),
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row)
}

/// A page of a tenant's plans, and where the next one starts.
///
/// # Errors
/// The cursor is of another list; Postgres did not answer.
pub async fn list(
    reads: &Reads,
    tenant: TenantId,
    filter: &Filter,
) -> Result<(Vec<PlanRow>, Option<String>), QueryError> {
    let after = After::of(filter.cursor.as_ref())?;
    let rows = sqlx::query_as!(
        PlanRow,
        "select * from plans where tenant = $1 \
         and ($2::text is null or status = $2) and ($3::bigint is null or issue_number = $3) \
         and ($4::timestamptz is null or (created_at, id) < ($4, $5)) \
         order by created_at desc, id desc limit $6",
        tenant.as_uuid(),
        filter.status,
        filter.issue_number,
        after.as_ref().map(|after| after.at),
        after.as_ref().map(|after| after.id),
        filter.limit + 1,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(page(rows, filter.limit, |row| (row.created_at, row.id)))
}

/// How many there are, exactly.
///
/// # Errors
/// Postgres did not answer.
pub async fn total(reads: &Reads, tenant: TenantId, filter: &Filter) -> Result<i64, QueryError> {
    let total = sqlx::query_scalar!(
        r#"select count(*) as "total!" from plans where tenant = $1
           and ($2::text is null or status = $2) and ($3::bigint is null or issue_number = $3)"#,
        tenant.as_uuid(),
        filter.status,
        filter.issue_number,
    )
    .fetch_one(reads.pool())
    .await?;
    Ok(total)
}
