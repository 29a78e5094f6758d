//! The queries over accounts.

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
