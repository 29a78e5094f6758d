//! The fold of organisations into rows, and of who is in them.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::organizations::{
    MemberStatus, OrgRole, OrganizationChanges, OrganizationCreated, OrganizationEvent as Event,
};
use pantheon_events::{RecordedEvent, UserId};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{MemberRow, OrganizationRow};
use crate::engine::{
    Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, decode, each, id, keys,
};

/// The read model's name.
pub const NAME: &str = "organizations";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &["organizations", "organization_members"],
    events: Wants::Aggregates(&["organization"]),
    on_poison: OnPoison::Park,
};

/// Keeps one row per organisation and one per membership.
#[derive(Clone, Copy, Debug)]
pub struct OrganizationsProjector;

#[async_trait]
impl Projector for OrganizationsProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let touched = keys(batch, |event| Ok([id::<Uuid>(event)?]))?;
        let mut organizations = Table::<OrganizationRow>::load(db, touched).await?;
        let touched = keys(batch, |event| {
            let organization: Uuid = id(event)?;
            let users = users_of(&decode(event)?);
            Ok(users.map(move |user| (organization, user.as_uuid())))
        })?;
        let mut members = Table::<MemberRow>::load(db, touched).await?;
        each(batch, |event| {
            let happened: Event = decode(event)?;
            organization(&mut organizations, event, &happened)?;
            membership(&mut members, event, happened)
        })?;
        organizations.save(db).await?;
        members.save(db).await
    }
}

/// Whose membership an event changes.
fn users_of(happened: &Event) -> impl Iterator<Item = UserId> + use<> {
    let (one, other) = match happened {
        Event::OrganizationCreated(made) => (made.owner_id, None),
        Event::OrganizationOwnershipTransferred(handed) => (handed.from, Some(handed.to)),
        Event::OrganizationMemberInvited(who) => (Some(who.user_id), None),
        Event::OrganizationMemberJoined(who) => (Some(who.user_id), None),
        Event::OrganizationMemberDeclined(who) => (Some(who.user_id), None),
        Event::OrganizationMemberRoleChanged(who) => (Some(who.user_id), None),
        Event::OrganizationMemberSuspended(who) => (Some(who.user_id), None),
        Event::OrganizationMemberReinstated(who) => (Some(who.user_id), None),
        Event::OrganizationMemberRemoved(who) => (Some(who.user_id), None),
        Event::OrganizationPermissionGranted(who) => (Some(who.user_id), None),
        Event::OrganizationPermissionRevoked(who) => (Some(who.user_id), None),
        Event::OrganizationUpdated(_)
        | Event::OrganizationDeleted(_)
        | Event::OrganizationFeaturesChanged(_) => (None, None),
    };
    one.into_iter().chain(other)
}

fn organization(
    rows: &mut Table<OrganizationRow>,
    event: &RecordedEvent,
    happened: &Event,
) -> Result<(), Fault> {
    let key: Uuid = id(event)?;
    if let Event::OrganizationCreated(made) = happened {
        rows.put(created(key, event, made)?);
        return Ok(());
    }
    let row = rows.require(&key)?;
    row.updated_at = event.recorded_at;
    row.sequence = event.sequence.get();
    match happened {
        Event::OrganizationUpdated(update) => change(row, &update.changed),
        Event::OrganizationDeleted(_) => row.deleted = true,
        Event::OrganizationFeaturesChanged(changed) => {
            row.plan = changed.plan.as_str().to_owned();
            row.features = json(changed.features)?;
        }
        Event::OrganizationOwnershipTransferred(handed) => {
            row.owner_id = Some(handed.to.as_uuid());
        }
        _ => {}
    }
    Ok(())
}

fn created(
    id: Uuid,
    event: &RecordedEvent,
    made: &OrganizationCreated,
) -> Result<OrganizationRow, Fault> {
    Ok(OrganizationRow {
        id,
        name: made.name.clone(),
        slug: made.slug.to_string(),
        description: made.description.clone(),
        avatar_url: None,
        github_org_login: made.github_org_login.clone(),
        settings: Value::Object(serde_json::Map::new()),
        plan: made.plan.as_str().to_owned(),
        features: json(made.features)?,
        owner_id: made.owner_id.map(|owner| owner.as_uuid()),
        deleted: false,
        created_at: event.recorded_at,
        updated_at: event.recorded_at,
        sequence: event.sequence.get(),
    })
}

fn json(value: impl Serialize) -> Result<Value, Fault> {
    serde_json::to_value(value).map_err(|error| Fault::new(error.to_string()))
}

fn change(row: &mut OrganizationRow, changed: &OrganizationChanges) {
    if let Some(name) = &changed.name {
        row.name.clone_from(name);
    }
    row.description = changed
        .description
        .clone()
        .or_else(|| row.description.take());
    row.avatar_url = changed.avatar_url.clone().or_else(|| row.avatar_url.take());
    if let Some(settings) = &changed.settings {
        row.settings = Value::Object(settings.clone());
    }
}

fn membership(
    rows: &mut Table<MemberRow>,
    event: &RecordedEvent,
    happened: Event,
) -> Result<(), Fault> {
    let organization: Uuid = id(event)?;
    let key = |user: UserId| (organization, user.as_uuid());
    match happened {
        Event::OrganizationCreated(made) => {
            if let Some(owner) = made.owner_id {
                let mut row = invited(key(owner), OrgRole::Owner, event);
                join(&mut row, event);
                rows.put(row);
            }
        }
        Event::OrganizationMemberInvited(who) => {
            rows.put(invited(key(who.user_id), who.role, event));
        }
        Event::OrganizationMemberJoined(who) => join(rows.require(&key(who.user_id))?, event),
        Event::OrganizationMemberRoleChanged(who) => {
            rows.require(&key(who.user_id))?.role = who.to.as_str().to_owned();
        }
        Event::OrganizationOwnershipTransferred(handed) => {
            if let Some(from) = handed.from {
                rows.require(&key(from))?.role = OrgRole::Admin.as_str().to_owned();
            }
            rows.require(&key(handed.to))?.role = OrgRole::Owner.as_str().to_owned();
        }
        Event::OrganizationMemberSuspended(who) => {
            rows.require(&key(who.user_id))?.status = MemberStatus::Suspended.as_str().to_owned();
        }
        Event::OrganizationMemberReinstated(who) => {
            rows.require(&key(who.user_id))?.status = MemberStatus::Active.as_str().to_owned();
        }
        Event::OrganizationMemberDeclined(who) => drop(rows.remove(&key(who.user_id))),
        Event::OrganizationMemberRemoved(who) => drop(rows.remove(&key(who.user_id))),
        Event::OrganizationPermissionGranted(given) => {
            let row = rows.require(&key(given.user_id))?;
            row.grants.insert(given.permission, given.expires_at);
        }
        Event::OrganizationPermissionRevoked(taken) => {
            rows.require(&key(taken.user_id))?
                .grants
                .remove(&taken.permission);
        }
        Event::OrganizationUpdated(_)
        | Event::OrganizationDeleted(_)
        | Event::OrganizationFeaturesChanged(_) => {}
    }
    Ok(())
}

fn invited(
    (organization_id, user_id): (Uuid, Uuid),
    role: OrgRole,
    event: &RecordedEvent,
) -> MemberRow {
    MemberRow {
        organization_id,
        user_id,
        role: role.as_str().to_owned(),
        status: MemberStatus::Invited.as_str().to_owned(),
        grants: super::row::Grants::new(),
        invited_at: event.recorded_at,
        joined_at: None,
    }
}

fn join(row: &mut MemberRow, event: &RecordedEvent) {
    row.status = MemberStatus::Active.as_str().to_owned();
    row.joined_at = Some(event.recorded_at);
}
