//! The fold of repositories into rows. The same fold serves the table and a look into the past.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::RecordedEvent;
use pantheon_events::repositories::{LinkFailure, RepositoryEvent as Event, RepositoryRegistered};
use sqlx::PgConnection;
use uuid::Uuid;

use super::RepositoryRow;
use crate::engine::{
    Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, decode, each, id, keys,
};
use crate::tasks::creator;

/// The read model's name.
pub const NAME: &str = "repositories";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &["repositories"],
    events: Wants::Aggregates(&["repository"]),
    on_poison: OnPoison::Park,
};

/// Keeps one row per repository.
#[derive(Clone, Copy, Debug)]
pub struct RepositoriesProjector;

#[async_trait]
impl Projector for RepositoriesProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let touched = keys(batch, |event| Ok([id::<Uuid>(event)?]))?;
        let mut rows = Table::<RepositoryRow>::load(db, touched).await?;
        each(batch, |event| {
            let before = rows.get(&id(event)?).cloned();
            rows.put(after(before, event)?);
            Ok(())
        })?;
        rows.save(db).await
    }
}

/// The repository after an event; none once it was let go.
///
/// # Errors
/// The event cannot be read, or its repository was never taken up.
pub fn fold(
    before: Option<RepositoryRow>,
    event: &RecordedEvent,
) -> Result<Option<RepositoryRow>, Fault> {
    let row = after(before, event)?;
    Ok((!row.removed).then_some(row))
}

fn after(before: Option<RepositoryRow>, event: &RecordedEvent) -> Result<RepositoryRow, Fault> {
    match (decode::<Event>(event)?, before) {
        (Event::RepositoryRegistered(made), _) => registered(event, made),
        (happened, Some(mut row)) => {
            apply(&mut row, event, happened);
            Ok(row)
        }
        (_, None) => Err(Fault::new("the repository was never taken up")),
    }
}

fn registered(event: &RecordedEvent, made: RepositoryRegistered) -> Result<RepositoryRow, Fault> {
    Ok(RepositoryRow {
        id: id(event)?,
        tenant: event.metadata.tenant.as_uuid(),
        user_id: creator(&made.registered_by),
        owner: made.owner,
        name: made.name,
        full_name: made.full_name,
        is_active: true,
        removed: false,
        github_repo_id: 0,
        default_branch: None,
        link_status: "pending".to_owned(),
        synced_at: None,
        synced_through: None,
        synced_whole: false,
        awaited: true,
        sync_error: None,
        created_at: event.recorded_at,
        updated_at: event.recorded_at,
    })
}

fn apply(row: &mut RepositoryRow, event: &RecordedEvent, happened: Event) {
    match happened {
        // `registered` makes the row.
        Event::RepositoryRegistered(_) => {}
        Event::RepositoryActivated(_) => {
            (row.is_active, row.awaited) = (true, true);
            row.updated_at = event.recorded_at;
        }
        Event::RepositoryDeactivated(_) => {
            row.is_active = false;
            row.updated_at = event.recorded_at;
        }
        Event::RepositoryRemoved(_) => {
            (row.is_active, row.removed) = (false, true);
            row.updated_at = event.recorded_at;
        }
        Event::RepositorySyncRequested(_) => row.awaited = true,
        Event::RepositoryLinked(linked) => {
            row.github_repo_id = linked.github_repo_id;
            row.default_branch = linked.default_branch;
            "linked".clone_into(&mut row.link_status);
            row.updated_at = event.recorded_at;
        }
        Event::RepositoryLinkFailed(failed) => {
            let status = match failed.reason {
                LinkFailure::NotConfigured => "not_configured",
                _ => "failed",
            };
            status.clone_into(&mut row.link_status);
            row.awaited = false;
            row.updated_at = event.recorded_at;
        }
        Event::RepositorySynced(synced) => {
            row.synced_at = Some(synced.at);
            row.synced_through = synced.through.or(row.synced_through);
            row.synced_whole = synced.whole;
            row.awaited = row.awaited && !synced.whole;
            row.sync_error = None;
        }
        Event::RepositorySyncFailed(failed) => {
            row.sync_error = Some(failed.reason);
            row.awaited = false;
        }
    }
}
