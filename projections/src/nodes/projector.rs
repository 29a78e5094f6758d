//! The read model `system_metrics`: one row per run of a node, with its last sample.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use pantheon_events::RecordedEvent;
use pantheon_events::nodes::NodeEvent;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::engine::{
    OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, decode, each, keys,
};

/// The read model's name.
pub const NAME: &str = "system_metrics";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &["nodes"],
    events: Wants::Aggregates(&["node"]),
    on_poison: OnPoison::Park,
};

crate::row! {
    /// One run of a node.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0060 and 0230 say what they hold")]
    pub struct NodeRow in "nodes" key (id: String) {
        pub id: String,
        pub tenant: Uuid,
        pub version: String,
        pub started_at: DateTime<Utc>,
        pub stopped_at: Option<DateTime<Utc>>,
        pub sampled_at: Option<DateTime<Utc>>,
        pub cpu_usage: Option<f64>,
        pub memory_usage: Option<f64>,
        pub disk_usage: Option<f64>,
        pub uptime_seconds: i64,
        pub parts: Vec<String>,
    }
}

/// Keeps one row per run of a node.
#[derive(Clone, Copy, Debug)]
pub struct NodesProjector;

#[async_trait]
impl Projector for NodesProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let touched = keys(batch, |event| Ok([event.aggregate_id.clone()]))?;
        let mut rows = Table::<NodeRow>::load(db, touched).await?;
        each(batch, |event| {
            match decode::<NodeEvent>(event)? {
                NodeEvent::NodeStarted(started) => rows.put(NodeRow {
                    id: event.aggregate_id.clone(),
                    tenant: event.metadata.tenant.as_uuid(),
                    version: started.version,
                    started_at: event.recorded_at,
                    stopped_at: None,
                    sampled_at: None,
                    cpu_usage: None,
                    memory_usage: None,
                    disk_usage: None,
                    uptime_seconds: 0,
                    parts: started.parts,
                }),
                NodeEvent::SystemMetricsSampled(sample) => {
                    let row = rows.require(&event.aggregate_id)?;
                    row.sampled_at = Some(event.recorded_at);
                    row.cpu_usage = Some(sample.cpu_usage);
                    row.memory_usage = Some(sample.memory_usage);
                    row.disk_usage = Some(sample.disk_usage);
                    row.uptime_seconds = sample.uptime_seconds;
                }
                NodeEvent::NodeStopped(_) => {
                    rows.require(&event.aggregate_id)?.stopped_at = Some(event.recorded_at);
                }
            }
            Ok(())
        })?;
        rows.save(db).await
    }
}
