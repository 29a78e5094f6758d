//! The queries over what happened.

use chrono::NaiveDate;
use pantheon_events::TenantId;
use serde::{Deserialize, Serialize};

use super::ActivityRow;
use crate::query::{QueryError, Reads, cursor};

/// Which events, newest first.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this category.
    pub category: Option<String>,
    /// Of this severity.
    pub severity: Option<String>,
    /// Of none of these kinds of aggregates.
    pub hidden: Vec<String>,
    /// So many at most.
    pub limit: i64,
    /// Go on after an earlier page.
    pub cursor: Option<String>,
}

/// How much happened.
#[derive(Clone, Copy, Debug)]
pub struct Stats {
    /// Ever.
    pub total: i64,
    /// Today.
    pub today: i64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Before {
    position: i64,
}

/// A page of what happened, and where the next one starts.
///
/// # Errors
/// The cursor is of another list; Postgres did not answer.
pub async fn list(
    reads: &Reads,
    tenant: TenantId,
    filter: &Filter,
) -> Result<(Vec<ActivityRow>, Option<String>), QueryError> {
    let before: Option<Before> = filter.cursor.as_deref().map(cursor::decode).transpose()?;
    let mut rows = sqlx::query_as!(
        ActivityRow,
        "select position, tenant, event_id, happened_at, title, description, category, severity, \
         aggregate_type from activity where tenant = $1 and ($2::text is null or category = $2) \
         and ($3::text is null or severity = $3) and ($4::bigint is null or position < $4) \
         and aggregate_type <> all($6) order by position desc limit $5",
        tenant.as_uuid(),
        filter.category,
        filter.severity,
        before.map(|before| before.position),
        filter.limit + 1,
        &filter.hidden,
    )
    .fetch_all(reads.pool())
    .await?;
    let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more);
    let next = last.map(|last| {
        cursor::encode(&Before {
            position: last.position,
        })
    });
    Ok((rows, next))
}

/// The tenant's counts; `today` is a day in UTC.
///
/// # Errors
/// Postgres did not answer.
pub async fn stats(reads: &Reads, tenant: TenantId, today: NaiveDate) -> Result<Stats, QueryError> {
    let stats = sqlx::query_as!(
        Stats,
        r#"select coalesce(sum(events), 0)::bigint as "total!",
                  coalesce(sum(events) filter (where day = $2), 0)::bigint as "today!"
           from activity_days where tenant = $1"#,
        tenant.as_uuid(),
        today,
    )
    .fetch_one(reads.pool())
    .await?;
    Ok(stats)
}
