//! The fold of tasks into rows.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::RecordedEvent;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{TaskRow, fold};
use crate::engine::{
    OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, each, id, keys,
};

/// The read model's name.
pub const NAME: &str = "tasks";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &["tasks"],
    events: Wants::Aggregates(&["task"]),
    on_poison: OnPoison::Park,
};

/// Keeps one row per task that was not deleted.
#[derive(Clone, Copy, Debug)]
pub struct TasksProjector;

#[async_trait]
impl Projector for TasksProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let touched = keys(batch, |event| Ok([id::<Uuid>(event)?]))?;
        let mut rows = Table::<TaskRow>::load(db, touched).await?;
        each(batch, |event| {
            let key = id(event)?;
            let before = rows.get(&key).cloned();
            match fold(before, event)? {
                Some(row) => rows.put(row),
                None => drop(rows.remove(&key)),
            }
            Ok(())
        })?;
        rows.save(db).await
    }
}
