//! The fold of plans into rows.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::RecordedEvent;
use pantheon_events::plans::{PlanCreated, PlanEvent, PlanStatus};
use sqlx::PgConnection;
use uuid::Uuid;

use super::PlanRow;
use crate::engine::{
    Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, decode, each, id, keys,
};

/// The read model's name.
pub const NAME: &str = "plans";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &["plans"],
    events: Wants::Aggregates(&["plan"]),
    on_poison: OnPoison::Park,
};

/// Keeps one row per plan.
#[derive(Clone, Copy, Debug)]
pub struct PlansProjector;

#[async_trait]
impl Projector for PlansProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let touched = keys(batch, |event| Ok([id::<Uuid>(event)?]))?;
        let mut rows = Table::<PlanRow>::load(db, touched).await?;
        each(batch, |event| apply(&mut rows, event))?;
        rows.save(db).await
    }
}

fn apply(rows: &mut Table<PlanRow>, event: &RecordedEvent) -> Result<(), Fault> {
    let key = id(event)?;
    let (status, error) = match decode(event)? {
        PlanEvent::PlanCreated(made) => {
            rows.put(created(key, made, event)?);
            return Ok(());
        }
        PlanEvent::PlanStarted(_) => (PlanStatus::Running, None),
        PlanEvent::PlanCompleted(_) => (PlanStatus::Completed, None),
        PlanEvent::PlanFailed(failed) => (PlanStatus::Failed, Some(failed.reason)),
        PlanEvent::PlanCancelled(gone) => (PlanStatus::Cancelled, gone.reason),
    };
    let row = rows.require(&key)?;
    status.as_str().clone_into(&mut row.status);
    row.error = error;
    row.updated_at = event.recorded_at;
    Ok(())
}

fn created(id: Uuid, made: PlanCreated, event: &RecordedEvent) -> Result<PlanRow, Fault> {
    let tasks = serde_json::to_value(&made.tasks);
    Ok(PlanRow {
        id,
        tenant: event.metadata.tenant.as_uuid(),
        name: made.name,
        description: made.description,
        status: PlanStatus::Pending.as_str().to_owned(),
        issue_number: made.issue_number,
        repository_id: made.repository_id,
        workflow_id: made.workflow_id.map(Uuid::from),
        created_by: made.created_by,
        tasks: tasks.map_err(|error| Fault::new(error.to_string()))?,
        error: None,
        created_at: event.recorded_at,
        updated_at: event.recorded_at,
    })
}
