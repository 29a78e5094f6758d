//! The queries over organisations and memberships.

use chrono::{DateTime, Utc};
use pantheon_events::{TenantId, UserId};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::MemberRow;
use super::row::Grants;
use crate::query::{QueryError, Reads};

/// Most memberships that are shown at once. The plans without a limit are the operator's.
const MOST: i64 = 10_000;

/// An organisation and how many are in it.
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "the columns; migrations/0150 says what they hold"
)]
pub struct Organization {
    pub id: Uuid,
    pub name: String,
    pub slug: String,
    pub description: Option<String>,
    pub avatar_url: Option<String>,
    pub github_org_login: Option<String>,
    pub settings: Value,
    pub plan: String,
    pub features: Value,
    pub owner_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub sequence: i64,
    /// Who joined, suspended ones included.
    pub member_count: i64,
}

/// Somebody's membership and what it is one of.
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "the columns; migrations/0150 says what they hold"
)]
pub struct Membership {
    pub organization: Organization,
    pub role: String,
    pub status: String,
    pub joined_at: Option<DateTime<Utc>>,
}

/// One organisation; a deleted one is not there.
///
/// # Errors
/// Postgres did not answer.
pub async fn one(reads: &Reads, id: TenantId) -> Result<Option<Organization>, QueryError> {
    let row = sqlx::query_as!(
        Organization,
        r#"select id, name, slug, description, avatar_url, github_org_login, settings, plan, features,
           owner_id, created_at, updated_at, sequence,
           (select count(*) from organization_members m
            where m.organization_id = o.id and m.status <> 'invited') as "member_count!"
           from organizations o where id = $1 and not deleted"#,
        id.as_uuid(),
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row)
}

/// Somebody's memberships and invitations, in the order of the organisations' names.
///
/// # Errors
/// Postgres did not answer.
pub async fn of_user(reads: &Reads, user: UserId) -> Result<Vec<Membership>, QueryError> {
    let rows = sqlx::query!(
        r#"select o.id, o.name, o.slug, o.description, o.avatar_url, o.github_org_login, o.settings,
           o.plan, o.features, o.owner_id, o.created_at, o.updated_at, o.sequence,
           (select count(*) from organization_members m
            where m.organization_id = o.id and m.status <> 'invited') as "member_count!",
           own.role, own.status, own.joined_at
           from organization_members own join organizations o on o.id = own.organization_id
           where own.user_id = $1 and not o.deleted order by o.name, o.id limit $2"#,
        user.as_uuid(),
        MOST,
    )
    .fetch_all(reads.pool())
    .await?;
    let memberships = rows.into_iter().map(|row| Membership {
        organization: Organization {
            id: row.id,
            name: row.name,
            slug: row.slug,
            description: row.description,
            avatar_url: row.avatar_url,
            github_org_login: row.github_org_login,
            settings: row.settings,
            plan: row.plan,
            features: row.features,
            owner_id: row.owner_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
            sequence: row.sequence,
            member_count: row.member_count,
        },
        role: row.role,
        status: row.status,
        joined_at: row.joined_at,
    });
    Ok(memberships.collect())
}

/// An organisation's memberships and invitations, oldest first.
///
/// # Errors
/// Postgres did not answer.
pub async fn members(reads: &Reads, id: TenantId) -> Result<Vec<MemberRow>, QueryError> {
    let rows = sqlx::query_as!(
        Found,
        r#"select organization_id, user_id, role, status, grants as "grants: Json<Grants>", invited_at,
           joined_at from organization_members
           where organization_id = $1 order by invited_at, user_id limit $2"#,
        id.as_uuid(),
        MOST,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows.into_iter().map(MemberRow::from).collect())
}

/// One membership or invitation.
///
/// # Errors
/// Postgres did not answer.
pub async fn member(
    reads: &Reads,
    id: TenantId,
    user: UserId,
) -> Result<Option<MemberRow>, QueryError> {
    let row = sqlx::query_as!(
        Found,
        r#"select organization_id, user_id, role, status, grants as "grants: Json<Grants>", invited_at,
           joined_at from organization_members where organization_id = $1 and user_id = $2"#,
        id.as_uuid(),
        user.as_uuid(),
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row.map(MemberRow::from))
}

/// Every membership of every organisation that is there.
///
/// # Errors
/// Postgres did not answer.
pub async fn standings(reads: &Reads) -> Result<Vec<MemberRow>, QueryError> {
    let rows = sqlx::query_as!(
        Found,
        r#"select m.organization_id, m.user_id, m.role, m.status,
           m.grants as "grants: Json<Grants>", m.invited_at, m.joined_at
           from organization_members m join organizations o on o.id = m.organization_id
           where not o.deleted"#,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows.into_iter().map(MemberRow::from).collect())
}

struct Found {
    organization_id: Uuid,
    user_id: Uuid,
    role: String,
    status: String,
    grants: Json<Grants>,
    invited_at: DateTime<Utc>,
    joined_at: Option<DateTime<Utc>>,
}

impl From<Found> for MemberRow {
    fn from(found: Found) -> Self {
        Self {
            organization_id: found.organization_id,
            user_id: found.user_id,
            role: found.role,
            status: found.status,
            grants: found.grants.0,
            invited_at: found.invited_at,
            joined_at: found.joined_at,
        }
    }
}
