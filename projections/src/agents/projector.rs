//! The fold of agents into rows. Heartbeats are most of the log, so a batch is read once and each
//! row written once, whatever the number of its heartbeats.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::agents::AgentEvent;
use pantheon_events::tasks::TaskEvent;
use pantheon_events::{DomainEvent, RecordedEvent};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{AgentRow, fold};
use crate::engine::{
    Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Row, Table, Wants, decode, each, id,
};

/// The read model's name.
pub const NAME: &str = "agents";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &["agents"],
    events: Wants::Events(&[
        (AgentEvent::AGGREGATE, EVENTS_OF_AGENTS),
        (TaskEvent::AGGREGATE, EVENTS_OF_TASKS),
    ]),
    on_poison: OnPoison::Park,
};

const EVENTS_OF_AGENTS: &[&str] = &[
    "agent_heartbeat_recorded",
    "agent_registered",
    "agent_enrolled",
    "agent_revoked",
    "agent_configured",
    "agent_start_requested",
    "agent_stop_requested",
    "agent_pause_requested",
    "agent_resume_requested",
    "agent_restart_requested",
    "agent_control_confirmed",
    "agent_control_timed_out",
    "agent_status_changed",
    "agent_health_changed",
    "agent_error_reported",
];

const EVENTS_OF_TASKS: &[&str] = &[
    "task_started",
    "task_progressed",
    "task_completed",
    "task_failed",
    "task_cancelled",
];

/// Keeps one row per member of the fleet.
#[derive(Clone, Copy, Debug)]
pub struct AgentsProjector;

/// An event as read, and the row it changes.
struct Change {
    key: <AgentRow as Row>::Key,
    fact: Fact,
}

enum Fact {
    OfAgent(AgentEvent),
    OfTask(Uuid, TaskEvent),
}

#[async_trait]
impl Projector for AgentsProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let mut changes = Vec::with_capacity(batch.len());
        each(batch, |event| {
            changes.push(read(event)?);
            Ok(())
        })?;
        let keys = changes.iter().flatten().map(|change| change.key.clone());
        let mut rows = Table::<AgentRow>::load(db, keys).await?;
        for (change, event) in changes.into_iter().zip(batch) {
            if let Some(change) = change {
                apply(&mut rows, change, event);
            }
        }
        rows.save(db).await
    }
}

fn read(event: &RecordedEvent) -> Result<Option<Change>, Fault> {
    let tenant = event.metadata.tenant.as_uuid();
    if event.aggregate_type == AgentEvent::AGGREGATE {
        let fact = Fact::OfAgent(decode(event)?);
        let key = (tenant, event.aggregate_id.clone());
        return Ok(Some(Change { key, fact }));
    }
    let fact: TaskEvent = decode(event)?;
    let task = id(event)?;
    Ok(fold::holder(&fact).map(str::to_owned).map(|holder| Change {
        key: (tenant, holder),
        fact: Fact::OfTask(task, fact),
    }))
}

fn apply(rows: &mut Table<AgentRow>, change: Change, event: &RecordedEvent) {
    match change.fact {
        Fact::OfAgent(fact) => {
            let row = rows.or_insert_with(&change.key, || fold::blank(event));
            fold::agent(row, fact, event.recorded_at);
        }
        // A task may be held by somebody who is no agent here.
        Fact::OfTask(task, fact) => {
            if let Some(row) = rows.get_mut(&change.key) {
                fold::task(row, task, fact);
            }
        }
    }
}
