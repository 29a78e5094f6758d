//! Telling agents what others did to their tasks: given up, or started for them. (That a task was
//! assigned is told by `agent_control`.)
//!
//! Shape: one control message per event.
//! Ordering: events in log order.
//! Delivery: as good as core NATS; a task of an absent agent comes back by `task_release`.
//! On failure: a message that cannot be sent is left; what is old is not told at all.

use async_trait::async_trait;
use chrono::TimeDelta;
use pantheon_events::tasks::TaskEvent;
use pantheon_events::{ActorKind, AgentId, DomainEvent, RecordedEvent};
use pantheon_nats::tell::Control;
use pantheon_nats::{Bus, Tell, tell};
use serde_json::json;

use super::{Process, ProcessError};
use crate::clock::Clock;

const NAME: &str = "task_notices";
const OLD: TimeDelta = TimeDelta::minutes(1);

/// Tells holders.
pub struct TaskNotices {
    /// The node's clock.
    pub clock: Clock,
    /// How agents are told; on nodes without a bus nobody is.
    pub bus: Option<Bus>,
}

#[async_trait]
impl Process for TaskNotices {
    fn name(&self) -> &'static str {
        NAME
    }

    fn wants(&self, event: &RecordedEvent) -> bool {
        event.aggregate_type == "task"
            && matches!(event.event_type.as_str(), "task_cancelled" | "task_started")
    }

    async fn react(&self, event: &RecordedEvent) -> Result<(), ProcessError> {
        let (Some(bus), true) = (&self.bus, self.clock.now() - event.recorded_at < OLD) else {
            return Ok(());
        };
        let Some((agent, message)) = notice(event)? else {
            return Ok(());
        };
        if let Err(error) = tell(bus, &agent, &message).await {
            tracing::debug!(%agent, %error, "an agent could not be told about its task");
        }
        Ok(())
    }
}

fn notice(event: &RecordedEvent) -> Result<Option<(AgentId, Tell)>, ProcessError> {
    let fact = TaskEvent::decode(&event.event_type, &event.event_version, event.payload.get())
        .map_err(|error| ProcessError::Halt(error.to_string()))?;
    let id = &event.aggregate_id;
    let by_agent = event.metadata.actor.kind == ActorKind::Agent;
    let (agent, what, data) = match fact {
        TaskEvent::TaskCancelled(fact) => {
            let data = json!({ "task_id": id, "name": fact.name, "reason": fact.reason });
            (fact.assigned_to, Control::TaskCancelled, data)
        }
        TaskEvent::TaskStarted(fact) if !by_agent => {
            let data = json!({ "task_id": id, "name": fact.name, "started_at": fact.started_at });
            (fact.assigned_to, Control::TaskAssigned, data)
        }
        _ => return Ok(None),
    };
    let tell = Tell {
        tell: what,
        position: event.position,
        data,
    };
    Ok(agent.map(|agent| (agent, tell)))
}
