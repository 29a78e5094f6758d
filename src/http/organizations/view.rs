//! Organisations and members on the outside.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use pantheon_events::organizations::Plan;
use pantheon_events::{Sequence, TenantId, UserId};
use pantheon_projections::organizations::{self, MemberRow, NAME};
use pantheon_projections::users;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::felt;
use crate::app::App;
use crate::http::Problem;
use crate::http::after::{Shown, shown};
use crate::identity::{Person, person};
use crate::store::Receipt;

/// An organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Organization {
    pub(super) id: Uuid,
    name: String,
    slug: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    github_org_login: Option<String>,
    #[schema(value_type = Object)]
    settings: Value,
    /// `free`, `pro` or `enterprise`; `plan_tier` is the same.
    plan: String,
    plan_tier: String,
    /// −1 = without a limit, like the two below.
    max_members: i64,
    max_repositories: i64,
    max_agents: i64,
    #[schema(value_type = Object)]
    features: Value,
    is_active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_id: Option<Uuid>,
    member_count: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    #[schema(value_type = String)]
    sequence: Sequence,
}

impl From<organizations::Organization> for Organization {
    fn from(row: organizations::Organization) -> Self {
        let plan: Plan = serde_json::from_value(row.plan.as_str().into()).unwrap_or_default();
        Self {
            id: row.id,
            name: row.name,
            slug: row.slug,
            description: row.description,
            avatar_url: row.avatar_url,
            github_org_login: row.github_org_login,
            settings: row.settings,
            plan: row.plan.clone(),
            plan_tier: row.plan,
            max_members: plan.max_members(),
            max_repositories: plan.max_repositories(),
            max_agents: plan.max_agents(),
            features: row.features,
            is_active: true,
            owner_id: row.owner_id,
            member_count: row.member_count,
            created_at: row.created_at,
            updated_at: row.updated_at,
            sequence: Sequence::new(row.sequence),
        }
    }
}

/// An answer that carries one organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneOrganization {
    organization: Organization,
}

impl From<organizations::Organization> for OneOrganization {
    fn from(row: organizations::Organization) -> Self {
        Self {
            organization: row.into(),
        }
    }
}

/// Somebody in an organisation, or asked to join it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Member {
    user_id: Uuid,
    organization_id: Uuid,
    email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar_url: Option<String>,
    /// `owner`, `admin`, `member` or `viewer`.
    role: String,
    /// `invited`, `active` or `suspended`.
    status: String,
    invited_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    joined_at: Option<DateTime<Utc>>,
}

impl Member {
    fn new(row: MemberRow, person: Option<Person>) -> Self {
        let (email, name, avatar_url) = person.map_or_else(Default::default, |person| {
            let name = person.full_name.or(Some(person.username));
            (person.email, name, person.avatar_url)
        });
        Self {
            user_id: row.user_id,
            organization_id: row.organization_id,
            email,
            name,
            avatar_url,
            role: row.role,
            status: row.status,
            invited_at: row.invited_at,
            joined_at: row.joined_at,
        }
    }
}

/// Accounts by id, with their texts opened.
async fn people(app: &App, ids: &[Uuid]) -> Result<HashMap<Uuid, Person>, Problem> {
    let mut people = HashMap::new();
    for row in users::some(&app.reads, ids).await? {
        people.insert(row.id, person(app, row).await?);
    }
    Ok(people)
}

/// Memberships with whose they are.
pub(super) async fn members(app: &App, rows: Vec<MemberRow>) -> Result<Vec<Member>, Problem> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.user_id).collect();
    let mut people = people(app, &ids).await?;
    let members = rows.into_iter().map(|row| {
        let person = people.remove(&row.user_id);
        Member::new(row, person)
    });
    Ok(members.collect())
}

/// What a command on an organisation shows.
pub(super) async fn after(app: &App, receipt: &Receipt, id: TenantId) -> Shown<OneOrganization> {
    felt(app, NAME, receipt).await;
    let row = organizations::one(&app.reads, id);
    shown(app, NAME, receipt, row)
        .await
        .map(OneOrganization::from)
}

/// What a command on a membership shows.
pub(super) async fn after_member(
    app: &App,
    receipt: &Receipt,
    id: TenantId,
    user: UserId,
) -> Result<Shown<Member>, Problem> {
    felt(app, NAME, receipt).await;
    let row = organizations::member(&app.reads, id, user);
    Ok(match shown(app, NAME, receipt, row).await {
        Shown::Row(row) => match members(app, vec![row]).await?.pop() {
            Some(member) => Shown::Row(member),
            None => Shown::Nothing,
        },
        Shown::Nothing => Shown::Nothing,
        Shown::Late => Shown::Late,
    })
}
