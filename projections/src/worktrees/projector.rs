//! The read model `worktrees`: one row per branch of a tenant, also of what is gone.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use pantheon_events::RecordedEvent;
use pantheon_events::worktrees::WorktreeEvent as Event;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::engine::{
    Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, decode, each, id, keys,
};

/// The read model's name.
pub const NAME: &str = "worktrees";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &["worktrees"],
    events: Wants::Aggregates(&["worktree"]),
    on_poison: OnPoison::Park,
};

crate::row! {
    /// A worktree.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0231 says what they hold")]
    pub struct WorktreeRow in "worktrees" key (id: Uuid) {
        pub id: Uuid,
        pub tenant: Uuid,
        pub branch: String,
        pub base_branch: Option<String>,
        pub path: String,
        pub stage: String,
        pub status: String,
        pub agent_type: Option<String>,
        pub issue_number: Option<i64>,
        pub error: Option<String>,
        pub created_at: DateTime<Utc>,
        pub updated_at: DateTime<Utc>,
    }
}

/// Keeps the worktrees.
#[derive(Clone, Copy, Debug)]
pub struct WorktreesProjector;

#[async_trait]
impl Projector for WorktreesProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let touched = keys(batch, |event| Ok([id::<Uuid>(event)?]))?;
        let mut rows = Table::<WorktreeRow>::load(db, touched).await?;
        each(batch, |event| take(&mut rows, event))?;
        rows.save(db).await
    }
}

fn take(rows: &mut Table<WorktreeRow>, event: &RecordedEvent) -> Result<(), Fault> {
    let id = id::<Uuid>(event)?;
    let new = |branch: String, path: String, stage: &str, at| WorktreeRow {
        id,
        tenant: event.metadata.tenant.as_uuid(),
        branch,
        base_branch: None,
        path,
        stage: stage.to_owned(),
        status: "Idle".to_owned(),
        agent_type: None,
        issue_number: None,
        error: None,
        created_at: at,
        updated_at: at,
    };
    match decode::<Event>(event)? {
        Event::WorktreeRequested(made) => rows.put(WorktreeRow {
            base_branch: Some(made.base_branch),
            issue_number: made.issue_number,
            ..new(made.branch, made.path, "requested", made.at)
        }),
        Event::WorktreeObserved(seen) => {
            rows.put(new(seen.branch, seen.path, "ready", seen.at));
        }
        Event::WorktreeCreated(made) => {
            let row = rows.require(&id)?;
            row.stage = "ready".to_owned();
            row.updated_at = made.at;
        }
        Event::WorktreeFailed(failed) => {
            let row = rows.require(&id)?;
            row.stage = "failed".to_owned();
            row.status = "Error".to_owned();
            row.error = Some(failed.reason);
            row.updated_at = failed.at;
        }
        Event::WorktreeOccupied(by) => {
            let row = rows.require(&id)?;
            row.status = "Active".to_owned();
            row.agent_type = Some(by.agent_type);
            row.issue_number = by.issue_number.or(row.issue_number);
            row.updated_at = by.at;
        }
        Event::WorktreeReleased(released) => {
            let row = rows.require(&id)?;
            row.status = idle(row).to_owned();
            row.updated_at = released.at;
        }
        Event::WorktreeCompleted(completed) => {
            let row = rows.require(&id)?;
            row.status = "Completed".to_owned();
            row.updated_at = completed.at;
        }
        Event::WorktreeRemoved(removed) => {
            let row = rows.require(&id)?;
            row.stage = "gone".to_owned();
            row.updated_at = removed.at;
        }
    }
    Ok(())
}

/// What it is while nobody works in it: git may have failed meanwhile.
fn idle(row: &WorktreeRow) -> &'static str {
    match row.error {
        Some(_) => "Error",
        None => "Idle",
    }
}
