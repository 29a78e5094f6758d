//! The queries over orders.

use chrono::{DateTime, Utc};
use pantheon_events::{OrderId, TenantId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::OrderRow;
use crate::query::{QueryError, Reads, cursor};

/// Which orders, newest first.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// In this status.
    pub status: Option<String>,
    /// Of this user.
    pub user_id: Option<String>,
    /// Of this product.
    pub product_id: Option<Uuid>,
    /// Placed after this time.
    pub created_after: Option<DateTime<Utc>>,
    /// Placed before this time.
    pub created_before: Option<DateTime<Utc>>,
    /// So many at most.
    pub limit: i64,
    /// Skip so many.
    pub offset: i64,
    /// Go on after an earlier page.
    pub cursor: Option<String>,
}

/// A page of orders.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The orders.
    pub rows: Vec<OrderRow>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct After {
    at: DateTime<Utc>,
    id: Uuid,
}

/// One order of a tenant.
///
/// # Errors
/// Postgres did not answer.
pub async fn one(
    reads: &Reads,
    tenant: TenantId,
    order: OrderId,
) -> Result<Option<OrderRow>, QueryError> {
    let row = sqlx::query_as!(
        OrderRow,
        "select id, tenant, product_id, product_name, user_id, quantity, unit_minor, total_minor, \
         currency, status, payment_id, approval_id, cancel_reason, holds_stock, created_at, \
         updated_at, sequence from orders where id = $1 and tenant = $2",
        order.as_uuid(),
        tenant.as_uuid(),
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row)
}

/// A page of a tenant's orders.
///
/// # Errors
/// The cursor is of another list; Postgres did not answer.
pub async fn list(reads: &Reads, tenant: TenantId, filter: &Filter) -> Result<Listed, QueryError> {
    let after: Option<After> = filter.cursor.as_deref().map(cursor::decode).transpose()?;
    let mut rows = sqlx::query_as!(
        OrderRow,
        "select id, tenant, product_id, product_name, user_id, quantity, unit_minor, total_minor, \
         currency, status, payment_id, approval_id, cancel_reason, holds_stock, created_at, \
         updated_at, sequence from orders where tenant = $1 \
         and ($2::text is null or status = $2) and ($3::text is null or user_id = $3) \
         and ($4::uuid is null or product_id = $4) \
         and ($5::timestamptz is null or created_at > $5) \
         and ($6::timestamptz is null or created_at < $6) \
         and ($7::timestamptz is null or (created_at, id) < ($7, $8)) \
         order by created_at desc, id desc limit $9 offset $10",
        tenant.as_uuid(),
        filter.status,
        filter.user_id,
        filter.product_id,
        filter.created_after,
        filter.created_before,
        after.as_ref().map(|after| after.at),
        after.as_ref().map(|after| after.id),
        filter.limit + 1,
        filter.offset,
    )
    .fetch_all(reads.pool())
    .await?;
    let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more);
    let next_cursor = last.map(|last| {
        cursor::encode(&After {
            at: last.created_at,
            id: last.id,
        })
    });
    Ok(Listed { rows, next_cursor })
}

/// An order that was not paid in time.
#[derive(Clone, Debug)]
pub struct Unpaid {
    /// The order.
    pub id: Uuid,
    /// Its tenant.
    pub tenant: Uuid,
    /// Its sequence as seen.
    pub sequence: i64,
}

/// Orders without an open payment that are pending since before `before`, oldest first.
///
/// # Errors
/// Postgres did not answer.
pub async fn unpaid(
    reads: &Reads,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Unpaid>, QueryError> {
    let rows = sqlx::query_as!(
        Unpaid,
        "select id, tenant, sequence from orders where status = 'pending' \
         and payment_id is null and created_at < $1 order by created_at limit $2",
        before,
        limit,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// Pieces that are set aside for an order that is not there.
#[derive(Clone, Debug)]
pub struct Orphan {
    /// The product.
    pub product: Uuid,
    /// Its tenant.
    pub tenant: Uuid,
    /// The order that was to come.
    pub order: Uuid,
}

/// Reservations of this stretch of time whose order the read model does not have, oldest first.
/// It may be behind: look at the order's stream before anything is undone.
///
/// # Errors
/// Postgres did not answer.
pub async fn orphaned_reservations(
    reads: &Reads,
    (since, before): (DateTime<Utc>, DateTime<Utc>),
    limit: i64,
) -> Result<Vec<Orphan>, QueryError> {
    let rows = sqlx::query_as!(
        Orphan,
        r#"select product, tenant, order_id as "order" from reservations held
           where reserved_at >= $1 and reserved_at < $2
             and not exists (select 1 from orders where orders.id = held.order_id)
           order by reserved_at limit $3"#,
        since,
        before,
        limit,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}
