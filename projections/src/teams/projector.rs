//! The fold of teams into rows, and of who is in them.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::teams::{TeamChanges, TeamCreated, TeamEvent as Event, TeamRole};
use pantheon_events::{RecordedEvent, UserId};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{TeamMemberRow, TeamRow};
use crate::engine::{
    Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, decode, each, id, keys,
};

/// The read model's name.
pub const NAME: &str = "teams";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &["teams", "team_members"],
    events: Wants::Aggregates(&["team"]),
    on_poison: OnPoison::Park,
};

/// Keeps one row per team and one per member of one.
#[derive(Clone, Copy, Debug)]
pub struct TeamsProjector;

#[async_trait]
impl Projector for TeamsProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let touched = keys(batch, |event| Ok([id::<Uuid>(event)?]))?;
        let mut teams = Table::<TeamRow>::load(db, touched).await?;
        let touched = keys(batch, |event| {
            let team: Uuid = id(event)?;
            Ok(user_of(&decode(event)?).map(|user| (team, user.as_uuid())))
        })?;
        let mut members = Table::<TeamMemberRow>::load(db, touched).await?;
        each(batch, |event| {
            let happened: Event = decode(event)?;
            team(&mut teams, event, &happened)?;
            member(&mut members, event, happened)
        })?;
        teams.save(db).await?;
        members.save(db).await
    }
}

fn user_of(happened: &Event) -> Option<UserId> {
    match happened {
        Event::TeamCreated(made) => made.lead_id,
        Event::TeamMemberAdded(who) => Some(who.user_id),
        Event::TeamRoleChanged(who) => Some(who.user_id),
        Event::TeamMemberRemoved(who) => Some(who.user_id),
        Event::TeamUpdated(_) | Event::TeamDeleted(_) => None,
    }
}

fn team(rows: &mut Table<TeamRow>, event: &RecordedEvent, happened: &Event) -> Result<(), Fault> {
    let key: Uuid = id(event)?;
    if let Event::TeamCreated(made) = happened {
        rows.put(created(key, event, made));
        return Ok(());
    }
    let row = rows.require(&key)?;
    row.updated_at = event.recorded_at;
    row.sequence = event.sequence.get();
    match happened {
        Event::TeamUpdated(update) => change(row, &update.changed),
        Event::TeamDeleted(_) => row.deleted = true,
        _ => {}
    }
    Ok(())
}

fn created(id: Uuid, event: &RecordedEvent, made: &TeamCreated) -> TeamRow {
    TeamRow {
        id,
        organization_id: event.metadata.tenant.as_uuid(),
        name: made.name.clone(),
        slug: made.slug.to_string(),
        description: made.description.clone(),
        is_visible: made.is_visible,
        settings: Value::Object(serde_json::Map::new()),
        deleted: false,
        created_at: event.recorded_at,
        updated_at: event.recorded_at,
        sequence: event.sequence.get(),
    }
}

fn change(row: &mut TeamRow, changed: &TeamChanges) {
    if let Some(name) = &changed.name {
        row.name.clone_from(name);
    }
    row.description = changed
        .description
        .clone()
        .or_else(|| row.description.take());
    row.is_visible = changed.is_visible.unwrap_or(row.is_visible);
    if let Some(settings) = &changed.settings {
        row.settings = Value::Object(settings.clone());
    }
}

fn member(
    rows: &mut Table<TeamMemberRow>,
    event: &RecordedEvent,
    happened: Event,
) -> Result<(), Fault> {
    let team_id: Uuid = id(event)?;
    let came = |user: UserId, role: TeamRole| TeamMemberRow {
        team_id,
        user_id: user.as_uuid(),
        organization_id: event.metadata.tenant.as_uuid(),
        role: role.as_str().to_owned(),
        joined_at: event.recorded_at,
    };
    match happened {
        Event::TeamCreated(made) => {
            if let Some(lead) = made.lead_id {
                rows.put(came(lead, TeamRole::Lead));
            }
        }
        Event::TeamMemberAdded(who) => rows.put(came(who.user_id, who.role)),
        Event::TeamRoleChanged(who) => {
            rows.require(&(team_id, who.user_id.as_uuid()))?.role = who.to.as_str().to_owned();
        }
        Event::TeamMemberRemoved(who) => drop(rows.remove(&(team_id, who.user_id.as_uuid()))),
        Event::TeamUpdated(_) | Event::TeamDeleted(_) => {}
    }
    Ok(())
}
