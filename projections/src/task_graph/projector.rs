//! The fold of tenants' graphs into edges. A deleted task takes its edges along at once.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::tasks::{TaskDependencyAdded, TaskGraphEvent};
use pantheon_events::{DomainEvent, RecordedEvent};
use sqlx::PgConnection;
use uuid::Uuid;

use super::DependencyRow;
use crate::engine::{
    Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, decode, each, id, keys,
};

/// The read model's name.
pub const NAME: &str = "task_graph";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &["task_dependencies"],
    events: Wants::Events(&[
        (
            "task_graph",
            &[
                "task_dependency_added",
                "task_dependency_removed",
                "task_edges_forgotten",
            ],
        ),
        ("task", &["task_deleted"]),
    ]),
    on_poison: OnPoison::Park,
};

/// Keeps one row per edge.
#[derive(Clone, Copy, Debug)]
pub struct TaskGraphProjector;

#[async_trait]
impl Projector for TaskGraphProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let mut rows = Table::<DependencyRow>::load(db, keys(batch, edge)?).await?;
        let gone = keys(batch, gone)?;
        rows.also_by(db, "task_id", gone.clone()).await?;
        rows.also_by(db, "depends_on_task_id", gone).await?;
        each(batch, |event| apply(&mut rows, event))?;
        rows.save(db).await
    }
}

fn edge(event: &RecordedEvent) -> Result<Option<Uuid>, Fault> {
    if event.aggregate_type != TaskGraphEvent::AGGREGATE {
        return Ok(None);
    }
    Ok(match decode(event)? {
        TaskGraphEvent::TaskDependencyAdded(fact) => Some(fact.dependency_id.as_uuid()),
        TaskGraphEvent::TaskDependencyRemoved(fact) => Some(fact.dependency_id.as_uuid()),
        TaskGraphEvent::TaskEdgesForgotten(_) => None,
    })
}

/// The task that is gone, if the event says that one is.
fn gone(event: &RecordedEvent) -> Result<Option<Uuid>, Fault> {
    if event.aggregate_type != TaskGraphEvent::AGGREGATE {
        return id(event).map(Some);
    }
    Ok(match decode(event)? {
        TaskGraphEvent::TaskEdgesForgotten(fact) if fact.deleted => Some(fact.task_id.as_uuid()),
        _ => None,
    })
}

fn apply(rows: &mut Table<DependencyRow>, event: &RecordedEvent) -> Result<(), Fault> {
    if let Some(task) = gone(event)? {
        let touched = rows.keys_where(|row| {
            !row.removed && (row.task_id == task || row.depends_on_task_id == task)
        });
        for key in touched {
            remove(rows.require(&key)?, event);
        }
        return Ok(());
    }
    match decode(event)? {
        TaskGraphEvent::TaskDependencyAdded(fact) => rows.put(added(&fact, event)),
        TaskGraphEvent::TaskDependencyRemoved(fact) => {
            remove(rows.require(&fact.dependency_id.as_uuid())?, event);
        }
        TaskGraphEvent::TaskEdgesForgotten(_) => {}
    }
    Ok(())
}

fn added(fact: &TaskDependencyAdded, event: &RecordedEvent) -> DependencyRow {
    DependencyRow {
        id: fact.dependency_id.as_uuid(),
        tenant: event.metadata.tenant.as_uuid(),
        task_id: fact.task_id.as_uuid(),
        depends_on_task_id: fact.depends_on_task_id.as_uuid(),
        dependency_type: fact.dependency_type.as_str().to_owned(),
        created_at: event.recorded_at,
        removed: false,
        position: event.position.get(),
        sequence: event.sequence.get(),
    }
}

fn remove(row: &mut DependencyRow, event: &RecordedEvent) {
    row.removed = true;
    row.position = event.position.get();
    if event.aggregate_type == TaskGraphEvent::AGGREGATE {
        row.sequence = event.sequence.get();
    }
}
