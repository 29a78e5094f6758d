//! The queries over sessions.

use chrono::{DateTime, Utc};
use pantheon_events::{SessionId, UserId};
use uuid::Uuid;

use super::SessionRow;
use crate::query::{QueryError, Reads};

/// Most sessions that are shown or ended at once.
const MOST: i64 = 1_000;

/// The open sessions of an account, newest first.
///
/// # Errors
/// Postgres did not answer.
pub async fn of_user(reads: &Reads, user: UserId) -> Result<Vec<SessionRow>, QueryError> {
    let rows = sqlx::query_as!(
        SessionRow,
        "select id, user_id, way, organization_id, started_at, last_activity_at, ip_address, \
         user_agent, ended_at, end_reason from sessions \
         where user_id = $1 and ended_at is null order by started_at desc, id desc limit $2",
        user.as_uuid(),
        MOST,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// The newest open sessions of everybody, or of one account, and how many there are.
///
/// # Errors
/// Postgres did not answer.
pub async fn open(
    reads: &Reads,
    user: Option<UserId>,
    limit: i64,
) -> Result<(Vec<SessionRow>, i64), QueryError> {
    let user = user.map(|user| user.as_uuid());
    let rows = sqlx::query_as!(
        SessionRow,
        "select id, user_id, way, organization_id, started_at, last_activity_at, ip_address, \
         user_agent, ended_at, end_reason from sessions \
         where ended_at is null and ($1::uuid is null or user_id = $1) \
         order by started_at desc, id desc limit $2",
        user,
        limit,
    )
    .fetch_all(reads.pool())
    .await?;
    let total = sqlx::query_scalar!(
        r#"select count(*) as "total!" from sessions
           where ended_at is null and ($1::uuid is null or user_id = $1)"#,
        user,
    )
    .fetch_one(reads.pool())
    .await?;
    Ok((rows, total))
}

/// The organisation that somebody used last, in whatever session.
///
/// # Errors
/// Postgres did not answer.
pub async fn last_organization(reads: &Reads, user: UserId) -> Result<Option<Uuid>, QueryError> {
    let row = sqlx::query_scalar!(
        r#"select organization_id as "organization_id!" from sessions
           where user_id = $1 and organization_id is not null
           order by last_activity_at desc, id desc limit 1"#,
        user.as_uuid(),
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row)
}

/// One session, ended or not.
///
/// # Errors
/// Postgres did not answer.
pub async fn one(reads: &Reads, session: SessionId) -> Result<Option<SessionRow>, QueryError> {
    let row = sqlx::query_as!(
        SessionRow,
        "select id, user_id, way, organization_id, started_at, last_activity_at, ip_address, \
         user_agent, ended_at, end_reason from sessions where id = $1",
        session.as_uuid(),
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row)
}

/// The sessions that ended after this moment.
///
/// # Errors
/// Postgres did not answer.
pub async fn ended_since(reads: &Reads, since: DateTime<Utc>) -> Result<Vec<Uuid>, QueryError> {
    let rows = sqlx::query_scalar!("select id from sessions where ended_at >= $1", since)
        .fetch_all(reads.pool())
        .await?;
    Ok(rows)
}
