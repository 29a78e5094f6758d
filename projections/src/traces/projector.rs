//! Notes the effects; all other events, the great majority, cost it a comparison.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::RecordedEvent;
use sqlx::PgConnection;

use super::{TRACES, TraceRow};
use crate::{Appended, OnPoison, ProjectError, ProjectionSpec, Projector, Wants};

/// The projector of `traces`.
#[derive(Debug, Default)]
pub struct TracesProjector;

static SPEC: ProjectionSpec = ProjectionSpec {
    name: TRACES,
    version: 1,
    tables: &["traces"],
    events: Wants::Everything,
    on_poison: OnPoison::Park,
};

#[async_trait]
impl Projector for TracesProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    fn ignores(&self, event: &RecordedEvent) -> bool {
        effect(event).is_none()
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let mut rows = Appended::new();
        batch
            .iter()
            .filter_map(|event| effect(event))
            .for_each(|row| rows.push(row));
        rows.save(db).await
    }
}

/// The event's row, unless it came straight from the first command of its request.
fn effect(event: &RecordedEvent) -> Option<TraceRow> {
    let metadata = &event.metadata;
    let first =
        metadata.causation_id.is_none() && metadata.correlation_id == event.command_id.as_uuid();
    (!first).then(|| TraceRow {
        correlation_id: metadata.correlation_id,
        position: event.position.get(),
        causation_id: metadata.causation_id.map(|id| id.as_uuid()),
    })
}
