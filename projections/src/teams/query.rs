//! The queries over teams.

use chrono::{DateTime, Utc};
use pantheon_events::{TeamId, TenantId, UserId};
use serde_json::Value;
use uuid::Uuid;

use super::TeamMemberRow;
use crate::query::{QueryError, Reads};

/// Most teams or members that are shown at once.
const MOST: i64 = 10_000;

/// A team and how many are in it.
#[derive(Clone, Debug)]
#[expect(
    missing_docs,
    reason = "the columns; migrations/0150 says what they hold"
)]
pub struct Team {
    pub id: Uuid,
    pub organization_id: Uuid,
    pub name: String,
    pub slug: String,
    pub description: Option<String>,
    pub is_visible: bool,
    pub settings: Value,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub sequence: i64,
    pub member_count: i64,
}

/// An organisation's teams by name: all of them, or those that this member sees.
///
/// # Errors
/// Postgres did not answer.
pub async fn listed(
    reads: &Reads,
    organization: TenantId,
    seen_by: Option<UserId>,
) -> Result<Vec<Team>, QueryError> {
    let rows = sqlx::query_as!(
        Team,
        r#"select id, organization_id, name, slug, description, is_visible, settings, created_at,
           updated_at, sequence,
           (select count(*) from team_members m where m.team_id = t.id) as "member_count!"
           from teams t where organization_id = $1 and not deleted
           and ($2::uuid is null or is_visible
                or exists (select from team_members m where m.team_id = t.id and m.user_id = $2))
           order by name, id limit $3"#,
        organization.as_uuid(),
        seen_by.map(|user| user.as_uuid()),
        MOST,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// One team of an organisation; a deleted one is not there.
///
/// # Errors
/// Postgres did not answer.
pub async fn one(
    reads: &Reads,
    organization: TenantId,
    team: TeamId,
) -> Result<Option<Team>, QueryError> {
    let row = sqlx::query_as!(
        Team,
        r#"select id, organization_id, name, slug, description, is_visible, settings, created_at,
           updated_at, sequence,
           (select count(*) from team_members m where m.team_id = t.id) as "member_count!"
           from teams t where organization_id = $1 and id = $2 and not deleted"#,
        organization.as_uuid(),
        team.as_uuid(),
    )
    .fetch_optional(reads.pool())
    .await?;
    Ok(row)
}

/// Who is in a team, longest first.
///
/// # Errors
/// Postgres did not answer.
pub async fn members(reads: &Reads, team: TeamId) -> Result<Vec<TeamMemberRow>, QueryError> {
    let rows = sqlx::query_as!(
        TeamMemberRow,
        "select team_id, user_id, organization_id, role, joined_at from team_members \
         where team_id = $1 order by joined_at, user_id limit $2",
        team.as_uuid(),
        MOST,
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}

/// The teams of an organisation that somebody is in.
///
/// # Errors
/// Postgres did not answer.
pub async fn of_member(
    reads: &Reads,
    organization: TenantId,
    user: UserId,
) -> Result<Vec<TeamId>, QueryError> {
    let rows = sqlx::query_scalar!(
        "select team_id from team_members where organization_id = $1 and user_id = $2",
        organization.as_uuid(),
        user.as_uuid(),
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows.into_iter().map(TeamId::new).collect())
}

/// Every member of every team that is there.
///
/// # Errors
/// Postgres did not answer.
pub async fn standings(reads: &Reads) -> Result<Vec<TeamMemberRow>, QueryError> {
    let rows = sqlx::query_as!(
        TeamMemberRow,
        "select m.team_id, m.user_id, m.organization_id, m.role, m.joined_at \
         from team_members m join teams t on t.id = m.team_id where not t.deleted"
    )
    .fetch_all(reads.pool())
    .await?;
    Ok(rows)
}
