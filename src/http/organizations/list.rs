//! `GET /api/v1/organizations`.

use axum::extract::State;
use chrono::{DateTime, Utc};
use pantheon_events::TenantId;
use pantheon_projections::organizations::{self, NAME};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::http::{Answer, Caller, Problem, ReadOptions};

/// One of the caller's memberships.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnMembership)]
pub struct Membership {
    user_id: String,
    organization_id: Uuid,
    organization_name: String,
    organization_slug: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar_url: Option<String>,
    /// `owner`, `admin`, `member` or `viewer`.
    role: String,
    /// `invited`, `active` or `suspended`.
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    joined_at: Option<DateTime<Utc>>,
    id: Uuid,
    name: String,
    slug: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_id: Option<Uuid>,
    plan_tier: String,
    member_count: i64,
    created_at: DateTime<Utc>,
}

/// The caller's memberships.
#[derive(Debug, Serialize, ToSchema)]
pub struct Memberships {
    organizations: Vec<Membership>,
}

/// The organisations that the caller is in or was asked to join. Operators are in the organisation of
/// their token; accounts of admins and developers are in the default organisation without an invitation.
#[utoipa::path(get, path = "/api/v1/organizations", tag = "organizations",
    responses((status = 200, description = "The memberships", body = Memberships)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
) -> Result<Answer, Problem> {
    let position = read.stand_of_all(&app.reads, NAME).await?;
    if let Some(unchanged) = read.not_modified(position) {
        return Ok(unchanged);
    }
    let found = match caller.principal.session {
        Some(session) => organizations::of_user(&app.reads, session.user).await?,
        None => Vec::new(),
    };
    let mut listed: Vec<Membership> = found
        .into_iter()
        .map(|found| membership(&caller, found))
        .collect();
    if let Some(uninvited) = uninvited(&app, &caller, &listed).await? {
        listed.insert(0, uninvited);
    }
    let answer = Memberships {
        organizations: listed,
    };
    Answer::found(&read, position, answer)
}

/// What the caller is in by role, without a membership.
async fn uninvited(
    app: &App,
    caller: &Caller,
    listed: &[Membership],
) -> Result<Option<Membership>, Problem> {
    let principal = &caller.principal;
    let (tenant, role) = match principal.session {
        Some(_) => {
            let default = TenantId::default_organization();
            let there = app.auth.standing(principal, default);
            (default, there.and_then(|there| there.role))
        }
        None => (caller.tenant, principal.role),
    };
    let known = listed.iter().any(|one| one.id == tenant.as_uuid());
    let Some(role) = role.filter(|_| !known) else {
        return Ok(None);
    };
    let organization = organizations::one(&app.reads, tenant).await?;
    Ok(organization.map(|organization| {
        let found = organizations::Membership {
            role: word(role).to_owned(),
            status: "active".to_owned(),
            joined_at: Some(organization.created_at),
            organization,
        };
        membership(caller, found)
    }))
}

/// A role as memberships say it.
pub(super) const fn word(role: crate::auth::Role) -> &'static str {
    use crate::auth::Role::{Admin, Auditor, Developer, Viewer};

    match role {
        Admin => "admin",
        Developer => "member",
        Viewer | Auditor => "viewer",
    }
}

fn membership(caller: &Caller, found: organizations::Membership) -> Membership {
    let of = found.organization;
    Membership {
        user_id: caller.principal.id.clone(),
        organization_id: of.id,
        organization_name: of.name.clone(),
        organization_slug: of.slug.clone(),
        avatar_url: of.avatar_url,
        role: found.role,
        status: found.status,
        joined_at: found.joined_at,
        id: of.id,
        name: of.name,
        slug: of.slug,
        owner_id: of.owner_id,
        plan_tier: of.plan,
        member_count: of.member_count,
        created_at: of.created_at,
    }
}
