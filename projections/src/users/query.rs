//! The queries over accounts.

use chrono::{DateTime, Utc};
use pantheon_events::UserId;
use uuid::Uuid;

use super::UserRow;
use crate::query::{QueryError, Reads};

/// What decides on every request whether an account's tokens count, and what they give.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The account.
    pub id: Uuid,
    /// Whether it is let in.
    pub active: bool,
    /// Tokens that were made before this position count no more.
    pub tokens_after: Option<i64>,
    /// The same after a change of the password …
    pub password_after: Option<i64>,
    /// … but for this session.
    pub password_keeps: Option<Uuid>,
}

/// One account.
///
/// # Errors
/// Postgres did not answer.
pub async fn one(reads: &Reads, user: UserId) -> Result<Option<UserRow>, QueryError> {
    let row = sqlx::query_as!(
        UserRow,
        "select id, email_key, email, username_key, username, full_name, avatar_url, github_id, \
         role, active, email_verified, credential_id, locked_until, tokens_after, \
         password_after, password_keeps, last_login_at, created_at, updated_at, sequence from users where id = $1",
        user.as_uuid(),
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row)
}

/// Some accounts, in no order.
///
/// # Errors
/// Postgres did not answer.
pub async fn some(reads: &Reads, users: &[Uuid]) -> Result<Vec<UserRow>, QueryError> {
    let rows = sqlx::query_as!(
        UserRow,
        "select id, email_key, email, username_key, username, full_name, avatar_url, github_id, \
         role, active, email_verified, credential_id, locked_until, tokens_after, \
         password_after, password_keeps, last_login_at, created_at, updated_at, sequence \
         from users where id = any($1)",
        users,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// How every account stands.
///
/// # Errors
/// Postgres did not answer.
pub async fn standings(reads: &Reads) -> Result<Vec<Standing>, QueryError> {
    let rows = sqlx::query_as!(
        Standing,
        "select id, active, tokens_after, password_after, password_keeps from users"
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// Which accounts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter<'a> {
    /// Of this role.
    pub role: Option<&'a str>,
    /// Let in, or shut out.
    pub active: Option<bool>,
    /// Older than this one.
    pub after: Option<(DateTime<Utc>, Uuid)>,
    /// So many at most.
    pub limit: i64,
}

/// Accounts, the newest first.
///
/// # Errors
/// Postgres did not answer.
pub async fn newest(reads: &Reads, filter: Filter<'_>) -> Result<Vec<UserRow>, QueryError> {
    let rows = sqlx::query_as!(
        UserRow,
        "select id, email_key, email, username_key, username, full_name, avatar_url, github_id, \
         role, active, email_verified, credential_id, locked_until, tokens_after, \
         password_after, password_keeps, last_login_at, created_at, updated_at, sequence \
         from users where ($1::text is null or role = $1) and ($2::boolean is null or active = $2) \
         and ($3::timestamptz is null or (created_at, id) < ($3, $4)) \
         order by created_at desc, id desc limit $5",
        filter.role,
        filter.active,
        filter.after.map(|(at, _)| at),
        filter.after.map(|(_, id)| id),
        filter.limit,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// How many accounts there are.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Counts {
    pub total: i64,
    pub active: i64,
    pub admins: i64,
    pub developers: i64,
    pub viewers: i64,
    pub new: i64,
}

/// Counts accounts, and those that were made since a moment.
///
/// # Errors
/// Postgres did not answer.
pub async fn counts(reads: &Reads, since: DateTime<Utc>) -> Result<Counts, QueryError> {
    let counts = sqlx::query_as!(
        Counts,
        r#"select count(*) as "total!", count(*) filter (where active) as "active!",
           count(*) filter (where role = 'admin') as "admins!",
           count(*) filter (where role = 'developer') as "developers!",
           count(*) filter (where role = 'viewer') as "viewers!",
           count(*) filter (where created_at >= $1) as "new!" from users"#,
        since,
    )
    .fetch_one(reads.pool())
    .await?;
    Ok(counts)
}
