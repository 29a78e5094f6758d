//! The queries over approvals.

use chrono::{DateTime, Utc};
use pantheon_events::{ApprovalId, TenantId};
use uuid::Uuid;

use super::ApprovalRow;
use crate::query::newest::{After, page};
use crate::query::{QueryError, Reads};

/// Who looks, when that is not somebody who may see all.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The person.
    pub user_id: String,
    /// Its role.
    pub role: String,
}

/// Which approvals, newest first.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// In this status.
    pub status: Option<String>,
    /// This person may decide, or has; nobody decides what they asked for.
    pub approver_id: Option<String>,
    /// Asked for by this one.
    pub requester_id: Option<String>,
    /// About this kind of thing.
    pub resource_type: Option<String>,
    /// About this thing.
    pub resource_id: Option<Uuid>,
    /// Only what this one asked for or may decide.
    pub viewer: Option<Viewer>,
    /// The role of `approver_id`, where it is known.
    pub approver_role: Option<String>,
    /// So many at most.
    pub limit: i64,
    /// Go on after an earlier page.
    pub cursor: Option<String>,
}

/// A page of approvals.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The approvals.
    pub rows: Vec<ApprovalRow>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}

/// One approval of a tenant.
///
/// # Errors
/// Postgres did not answer.
pub async fn one(
    reads: &Reads,
    tenant: TenantId,
    approval: ApprovalId,
) -> Result<Option<ApprovalRow>, QueryError> {
    let row = sqlx::query_as!(
        ApprovalRow,
        "select * from approvals where id = $1 and tenant = $2",
        approval.as_uuid(),
        tenant.as_uuid(),
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row)
}

/// A page of a tenant's approvals.
///
/// # Errors
/// The cursor is of another list; Postgres did not answer.
pub async fn list(reads: &Reads, tenant: TenantId, filter: &Filter) -> Result<Listed, QueryError> {
    let after = After::of(filter.cursor.as_ref())?;
    let viewer = filter.viewer.as_ref();
    let rows = sqlx::query_as!(
        ApprovalRow,
        "select * from approvals where tenant = $1 \
         and ($2::text is null or status = $2) \
         and ($3::text is null or (requester_id <> $3 and ($3 = any(named_users) \
              or $3 = any(deciders) or $4::text = any(named_roles)))) \
         and ($5::text is null or requester_id = $5) \
         and ($6::text is null or resource_type = $6) \
         and ($7::uuid is null or resource_id = $7) \
         and ($8::text is null or requester_id = $8 or $8 = any(named_users) \
              or $9::text = any(named_roles)) \
         and ($10::timestamptz is null or (created_at, id) < ($10, $11)) \
         order by created_at desc, id desc limit $12",
        tenant.as_uuid(),
        filter.status,
        filter.approver_id,
        filter.approver_role,
        filter.requester_id,
        filter.resource_type,
        filter.resource_id,
        viewer.map(|viewer| viewer.user_id.as_str()),
        viewer.map(|viewer| viewer.role.as_str()),
        after.as_ref().map(|after| after.at),
        after.as_ref().map(|after| after.id),
        filter.limit + 1,
    )
    .fetch_all(reads.pool())
    .await?;
    let (rows, next_cursor) = page(rows, filter.limit, |row| (row.created_at, row.id));
    Ok(Listed { rows, next_cursor })
}

/// An approval that time does something to.
#[derive(Clone, Debug)]
pub struct Due {
    /// The approval.
    pub id: Uuid,
    /// Its tenant.
    pub tenant: Uuid,
    /// The open stage's deadline.
    pub deadline: DateTime<Utc>,
    /// Whether others are named instead of ending it.
    pub escalates: bool,
}

/// Pending approvals whose open stage has timed out, oldest first.
///
/// # Errors
/// Postgres did not answer.
pub async fn overdue(reads: &Reads, now: DateTime<Utc>) -> Result<Vec<Due>, QueryError> {
    let rows = sqlx::query_as!(
        Due,
        r#"select id, tenant, deadline as "deadline!", escalates from approvals
           where status = 'pending' and deadline <= $1 order by deadline limit 500"#,
        now,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// Pending approvals whose reminder is due, oldest first.
///
/// # Errors
/// Postgres did not answer.
pub async fn to_remind(reads: &Reads, now: DateTime<Utc>) -> Result<Vec<Due>, QueryError> {
    let rows = sqlx::query_as!(
        Due,
        r#"select id, tenant, deadline as "deadline!", escalates from approvals
           where status = 'pending' and remind_at <= $1 and deadline > $1
           order by remind_at limit 500"#,
        now,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}
