//! The read model `timeline`: one row per change of an agent's status.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use pantheon_events::RecordedEvent;
use pantheon_events::agents::{AgentEvent, AgentStatus};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::engine::{
    Appended, OnPoison, ProjectError, ProjectionSpec, Projector, Wants, decode, each,
};

/// The read model's name.
pub const NAME: &str = "timeline";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 2,
    tables: &["timeline"],
    events: Wants::Events(&[("agent", &["agent_status_changed"])]),
    on_poison: OnPoison::Park,
};

crate::row! {
    /// An agent changed its state.
    #[derive(Debug, sqlx::FromRow)]
    #[expect(missing_docs, reason = "the columns; migrations/0060 and 0140 say what they hold")]
    pub struct TimelineRow in "timeline" {
        pub position: i64,
        pub tenant: Uuid,
        pub happened_at: DateTime<Utc>,
        pub agent: String,
        pub state: String,
        pub task: Option<Uuid>,
    }
}

/// Keeps the fleet's states over time.
#[derive(Clone, Copy, Debug)]
pub struct TimelineProjector;

#[async_trait]
impl Projector for TimelineProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let mut rows = Appended::new();
        each(batch, |event| {
            if let AgentEvent::AgentStatusChanged(changed) = decode(event)? {
                rows.push(TimelineRow {
                    position: event.position.get(),
                    tenant: event.metadata.tenant.as_uuid(),
                    happened_at: event.recorded_at,
                    agent: event.aggregate_id.clone(),
                    state: state(changed.new_status).to_owned(),
                    task: changed.task_id.map(|task| task.as_uuid()),
                });
            }
            Ok(())
        })?;
        rows.save(db).await
    }
}

const fn state(status: AgentStatus) -> &'static str {
    match status {
        AgentStatus::Active => "RUN",
        AgentStatus::Idle => "IDLE",
        AgentStatus::Error | AgentStatus::Offline => "DEAD",
    }
}
