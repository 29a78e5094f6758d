//! Process `deployment_notices`: telling the deployment agent what waits for it.
//!
//! Shape: a deployment that may start is told at once; an agent that came (back) is told of all
//! that is in hand, with the stages that are done; what nobody has started is told again.
//! Ordering: the read model has to reach the event first, so that nothing in hand is overlooked.
//! Delivery: at least once to the bus, which forgets whom it does not reach; the aggregate takes
//! each step once, whoever repeats it.
//! On failure: with the bus away, telling waits for it. Without a bus nobody is told.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use pantheon_events::agents::{AgentEvent, ControlRequest};
use pantheon_events::deployments::{DEPLOYER, EnvironmentEvent};
use pantheon_events::{AgentId, Position, RecordedEvent, TenantId};
use pantheon_nats::tell::{Control, Tell, tell};
use pantheon_projections::agents;
use pantheon_projections::deployments::{
    DeploymentRow, NAME as DEPLOYMENTS, in_hand, one, unstarted,
};
use serde_json::{Value, json};

use super::{behind, read};
use crate::app::App;
use crate::processes::{Process, ProcessError};

const NAME: &str = "deployment_notices";
const PATIENCE: Duration = Duration::from_secs(5);
/// How long what may start waits until it is told again.
const AGAIN: TimeDelta = TimeDelta::seconds(30);

/// Tells the deployment agent.
pub(super) struct DeploymentNotices {
    app: App,
    /// When it was last looked for what nobody has started, in seconds.
    looked: AtomicI64,
}

#[async_trait]
impl Process for DeploymentNotices {
    fn name(&self) -> &'static str {
        NAME
    }

    fn wants(&self, event: &RecordedEvent) -> bool {
        match event.event_type.as_str() {
            "deployment_released" => true,
            "agent_control_confirmed" => event.aggregate_id == DEPLOYER,
            // Most of the agent's events: only a heartbeat that says so is read.
            "agent_heartbeat_recorded" => {
                event.aggregate_id == DEPLOYER && event.payload.get().contains("\"connected\"")
            }
            _ => false,
        }
    }

    async fn react(&self, event: &RecordedEvent) -> Result<(), ProcessError> {
        let tenant = event.metadata.tenant;
        if event.aggregate_type == "agent" && !is_back(&read(event)?) {
            return Ok(());
        }
        for model in [DEPLOYMENTS, agents::NAME] {
            let waited = self.app.reads.wait_for(model, event.position, PATIENCE);
            waited.await.map_err(behind)?;
        }
        let rows = if event.aggregate_type == "agent" {
            in_hand(&self.app.reads, tenant).await.map_err(behind)?
        } else {
            self.released(event).await?
        };
        for row in rows {
            self.tell(&row, event.position).await?;
        }
        Ok(())
    }

    async fn tick(&self) -> Result<(), ProcessError> {
        let now = self.app.clock.now();
        if !self.is_time(now) {
            return Ok(());
        }
        let waiting = unstarted(&self.app.reads, now - AGAIN);
        for row in waiting.await.map_err(behind)? {
            self.tell(&row, self.app.log.head()).await?;
        }
        Ok(())
    }
}

impl DeploymentNotices {
    pub(super) fn new(app: App) -> Self {
        Self {
            app,
            looked: AtomicI64::new(0),
        }
    }

    fn is_time(&self, now: DateTime<Utc>) -> bool {
        let last = self.looked.load(Ordering::Relaxed);
        let due = now.timestamp() - last >= AGAIN.num_seconds();
        if due {
            self.looked.store(now.timestamp(), Ordering::Relaxed);
        }
        due
    }

    async fn released(&self, event: &RecordedEvent) -> Result<Vec<DeploymentRow>, ProcessError> {
        let EnvironmentEvent::DeploymentReleased(released) = read(event)? else {
            return Ok(Vec::new());
        };
        let (tenant, id) = (event.metadata.tenant, released.deployment_id);
        let row = one(&self.app.reads, tenant, id).await.map_err(behind)?;
        Ok(row.into_iter().collect())
    }

    /// An agent hears of its own tenant's deployments only.
    async fn tell(&self, row: &DeploymentRow, position: Position) -> Result<(), ProcessError> {
        let (Some(bus), Ok(agent)) = (&self.app.bus, DEPLOYER.parse::<AgentId>()) else {
            return Ok(());
        };
        let tenant = TenantId::new(row.tenant);
        let known = agents::one(&self.app.reads, tenant, DEPLOYER);
        if known.await.map_err(behind)?.is_none() {
            return Ok(());
        }
        let message = Tell {
            tell: Control::DeploymentRequested,
            position,
            data: order(row),
        };
        tell(bus, &agent, &message)
            .await
            .map_err(|error| ProcessError::Retry(error.to_string()))
    }
}

/// It came, it came back, or it takes its work up again.
fn is_back(event: &AgentEvent) -> bool {
    match event {
        AgentEvent::AgentHeartbeatRecorded(beat) => beat.connected,
        AgentEvent::AgentControlConfirmed(done) => {
            matches!(done.request, ControlRequest::Start | ControlRequest::Resume)
        }
        _ => false,
    }
}

/// What the agent needs to carry a deployment out, from wherever it stands.
fn order(row: &DeploymentRow) -> Value {
    let stages = row.stages.as_array().map(Vec::as_slice).unwrap_or_default();
    let done = stages.iter().filter(|stage| stage["status"] == "completed");
    json!({
        "environment_id": row.environment_id,
        "deployment_id": row.id,
        "environment": row.environment,
        "version": row.version,
        "commit_sha": row.commit_sha,
        "completed_stages": done.map(|stage| &stage["name"]).collect::<Vec<_>>(),
    })
}
