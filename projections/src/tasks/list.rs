//! The list of tasks: filters, P0 to P2 then newest, exact totals.

use chrono::{DateTime, Utc};
use pantheon_events::TenantId;
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, Postgres, QueryBuilder};
use uuid::Uuid;

use super::TaskRow;
use crate::query::{Page, QueryError, Reads, cursor};

/// Which tasks are wanted; everything that is left out is any.
#[derive(Clone, Debug, Default)]
pub struct TaskFilter {
    /// The status' word.
    pub status: Option<&'static str>,
    /// `P0`, `P1` or `P2`.
    pub priority: Option<&'static str>,
    /// The repository they are about.
    pub repository_id: Option<Uuid>,
    /// A catalogue id.
    pub agent_type: Option<String>,
    /// The issue they are about.
    pub issue_number: Option<i64>,
    /// The plan they belong to.
    pub plan_id: Option<Uuid>,
    /// Who is to do, does or did them.
    pub assigned_to: Option<String>,
    /// Who made them.
    pub user_id: Option<Uuid>,
    /// A part of the name or the description, in any case.
    pub search: Option<String>,
}

/// The order's key of a list's last row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListKey {
    priority: String,
    created_at: DateTime<Utc>,
    id: Uuid,
}

/// How many tasks are in each status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, FromRow)]
#[expect(missing_docs, reason = "the names of the statuses")]
pub struct TaskStats {
    pub total: i64,
    pub pending: i64,
    pub running: i64,
    pub completed: i64,
    pub failed: i64,
    pub cancelled: i64,
}

/// The page after a cursor, or the first.
///
/// # Errors
/// The cursor is none of this list's; Postgres did not answer.
pub async fn page(
    reads: &Reads,
    tenant: TenantId,
    filter: &TaskFilter,
    after: Option<&str>,
    limit: i64,
) -> Result<Page<TaskRow>, QueryError> {
    let position = reads.position(super::NAME).await?;
    let mut query = start("select * from tasks", tenant, filter);
    if let Some(after) = after {
        let key = decode(after)?;
        query
            .push(" and (priority > ")
            .push_bind(key.priority.clone());
        query.push(" or (priority = ").push_bind(key.priority);
        query
            .push(" and (created_at, id) < (")
            .push_bind(key.created_at);
        query.push(", ").push_bind(key.id).push(")))");
    }
    let rows = fetch(reads, query, limit + 1, 0).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(Page::cut(rows, limit, position, |row| ListKey {
        priority: row.priority.clone(),
        created_at: row.created_at,
        id: row.id,
    }))
}

/// Whether a text is a cursor of this list.
///
/// # Errors
/// It is none.
pub fn check_cursor(after: &str) -> Result<(), QueryError> {
    decode(after).map(drop)
}

/// A place in the list; no task has another priority than these.
fn decode(after: &str) -> Result<ListKey, QueryError> {
    let key: ListKey = cursor::decode(after)?;
    match key.priority.as_str() {
        "P0" | "P1" | "P2" => Ok(key),
        _ => Err(QueryError::InvalidCursor),
    }
}

/// The page of this number, from 1.
///
/// # Errors
/// Postgres did not answer.
pub async fn page_number(
    reads: &Reads,
    tenant: TenantId,
    filter: &TaskFilter,
    number: i64,
    limit: i64,
) -> Result<Page<TaskRow>, QueryError> {
    let position = reads.position(super::NAME).await?;
    let query = start("select * from tasks", tenant, filter);
    let rows = fetch(reads, query, limit + 1, (number - 1).max(0) * limit).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(Page::cut(rows, limit, position, |row| ListKey {
        priority: row.priority.clone(),
        created_at: row.created_at,
        id: row.id,
    }))
}

/// How many there are, exactly.
///
/// # Errors
/// Postgres did not answer.
pub async fn total(
    reads: &Reads,
    tenant: TenantId,
    filter: &TaskFilter,
) -> Result<i64, QueryError> {
    let mut query = start("select count(*) from tasks", tenant, filter);
    Ok(query.build_query_scalar().fetch_one(reads.pool()).await?)
}

/// How many there are in each status.
///
/// # Errors
/// Postgres did not answer.
pub async fn stats(
    reads: &Reads,
    tenant: TenantId,
    filter: &TaskFilter,
) -> Result<TaskStats, QueryError> {
    let what = "select count(*) as total, \
         count(*) filter (where status = 'pending') as pending, \
         count(*) filter (where status = 'running') as running, \
         count(*) filter (where status = 'completed') as completed, \
         count(*) filter (where status = 'failed') as failed, \
         count(*) filter (where status = 'cancelled') as cancelled from tasks";
    let mut query = start(what, tenant, filter);
    Ok(query.build_query_as().fetch_one(reads.pool()).await?)
}

/// Only fixed text and bound values: nothing of the caller's becomes SQL.
fn start(what: &str, tenant: TenantId, filter: &TaskFilter) -> QueryBuilder<'static, Postgres> {
    let mut query = QueryBuilder::new(what);
    query.push(" where tenant = ").push_bind(tenant.as_uuid());
    let texts = [
        (" and status = ", filter.status.map(str::to_owned)),
        (" and priority = ", filter.priority.map(str::to_owned)),
        (" and agent_type = ", filter.agent_type.clone()),
        (" and assigned_to = ", filter.assigned_to.clone()),
    ];
    for (condition, value) in texts {
        if let Some(value) = value {
            query.push(condition).push_bind(value);
        }
    }
    let ids = [
        (" and repository_id = ", filter.repository_id),
        (" and plan_id = ", filter.plan_id),
        (" and user_id = ", filter.user_id),
    ];
    for (condition, value) in ids {
        if let Some(value) = value {
            query.push(condition).push_bind(value);
        }
    }
    if let Some(number) = filter.issue_number {
        query.push(" and issue_number = ").push_bind(number);
    }
    if let Some(text) = &filter.search {
        let pattern = like(text);
        query.push(" and (name ilike ").push_bind(pattern.clone());
        query
            .push(" or description ilike ")
            .push_bind(pattern)
            .push(")");
    }
    query
}

async fn fetch(
    reads: &Reads,
    mut query: QueryBuilder<'static, Postgres>,
    limit: i64,
    offset: i64,
) -> Result<Vec<TaskRow>, QueryError> {
    query.push(" order by priority, created_at desc, id desc limit ");
    query.push_bind(limit).push(" offset ").push_bind(offset);
    Ok(query.build_query_as().fetch_all(reads.pool()).await?)
}

/// A part of a text, whatever characters it has.
fn like(part: &str) -> String {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for character in part.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_searched_for_is_taken_literally() {
        assert_eq!(like("50%_a\\b"), "%50\\%\\_a\\\\b%");
    }
}
