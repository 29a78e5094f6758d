//! Telling agents what is wanted of them, and giving up on requests that nobody confirmed.
//!
//! Shape: requests, configurations, assigned tasks and agents that came (back) are told over the
//! bus after their commit; once a second, requests older than 30 s are given up.
//! Ordering: events in log order; an agent drops what is older than what it has obeyed.
//! Delivery: at least once to the bus, which forgets whom it does not reach; an agent that comes
//! back is told anew. The id of giving up is derived from the request.
//! On failure: who cannot be told now, because the bus is away, is told when it comes back or asks by
//! a heartbeat; nothing waits for the bus. Without a bus nobody is told.

use async_trait::async_trait;
use chrono::{SecondsFormat, TimeDelta};
use pantheon_events::agents::{AgentEvent, CONTROL_TIMEOUT_SECONDS, ControlRequest, ExpireControl};
use pantheon_events::tasks::TaskEvent;
use pantheon_events::{
    Actor, AgentId, CommandContext, CommandId, DomainEvent, RecordedEvent, TenantId,
};
use pantheon_nats::tell::Control;
use pantheon_nats::{Tell, tell};
use pantheon_projections::agents::{AskedAgent, unanswered};
use serde_json::{Value, json};

use super::{Process, ProcessError, Round, settle};
use crate::app::App;

const NAME: &str = "agent_control";
const AT_ONCE: i64 = 500;

/// Tells agents, and gives up on those that do not answer.
pub struct AgentControl {
    /// The node's parts.
    pub app: App,
}

#[async_trait]
impl Process for AgentControl {
    fn name(&self) -> &'static str {
        NAME
    }

    fn wants(&self, event: &RecordedEvent) -> bool {
        match event.event_type.as_str() {
            // Most of the log: only a heartbeat that says so is read.
            "agent_heartbeat_recorded" => event.payload.get().contains("\"tell\""),
            "task_assigned" => true,
            "agent_configured" => true,
            other => other.starts_with("agent_") && other.ends_with("_requested"),
        }
    }

    async fn react(&self, event: &RecordedEvent) -> Result<(), ProcessError> {
        let (Some(bus), Some((agent, control, data))) = (&self.app.bus, message(event)?) else {
            return Ok(());
        };
        let message = Tell {
            tell: control,
            position: event.position,
            data,
        };
        if let Err(error) = tell(bus, &agent, &message).await {
            tracing::warn!(%agent, %error, "an agent could not be told what is wanted of it");
        }
        Ok(())
    }

    async fn tick(&self) -> Result<(), ProcessError> {
        let before = self.app.clock.now() - TimeDelta::seconds(CONTROL_TIMEOUT_SECONDS);
        let late = unanswered(&self.app.reads, before, AT_ONCE)
            .await
            .map_err(|error| ProcessError::Retry(error.to_string()))?;
        let mut round = Round::default();
        for agent in late {
            round.note(self.give_up(&agent).await);
        }
        round.end()
    }
}

impl AgentControl {
    async fn give_up(&self, agent: &AskedAgent) -> Result<(), ProcessError> {
        let asked = agent
            .requested_at
            .to_rfc3339_opts(SecondsFormat::Nanos, true);
        let by = CommandContext::new(
            TenantId::new(agent.tenant),
            Actor::policy(NAME),
            Some(CommandId::of_key(&[NAME, "expire", &agent.id, &asked])),
        );
        let command = ExpireControl {
            requested_at: agent.requested_at,
        };
        settle(
            self.app
                .commands
                .agents
                .dispatch(&agent.id, command, by)
                .await,
        )
    }
}

type Told = (AgentId, Control, Value);

/// Whom an event concerns, and what it has to be told.
fn message(event: &RecordedEvent) -> Result<Option<Told>, ProcessError> {
    if event.event_type == "task_assigned" {
        return assigned(event);
    }
    let told = match read::<AgentEvent>(event)? {
        AgentEvent::AgentHeartbeatRecorded(beat) => beat.tell.map(|request| (request, Value::Null)),
        AgentEvent::AgentConfigured(configured) => {
            let agent = own_id(event)?;
            return Ok(Some((agent, Control::Configure, json!(configured.config))));
        }
        other => requested(&other).map(|request| (request, Value::Null)),
    };
    let Some((request, data)) = told else {
        return Ok(None);
    };
    Ok(Some((own_id(event)?, control(request), data)))
}

fn assigned(event: &RecordedEvent) -> Result<Option<Told>, ProcessError> {
    let TaskEvent::TaskAssigned(assigned) = read::<TaskEvent>(event)? else {
        return Ok(None);
    };
    let data = json!({ "task_id": event.aggregate_id, "name": assigned.name });
    Ok(Some((assigned.assigned_to, Control::TaskAssigned, data)))
}

fn requested(event: &AgentEvent) -> Option<ControlRequest> {
    match event {
        AgentEvent::AgentStartRequested(_) => Some(ControlRequest::Start),
        AgentEvent::AgentStopRequested(_) => Some(ControlRequest::Stop),
        AgentEvent::AgentPauseRequested(_) => Some(ControlRequest::Pause),
        AgentEvent::AgentResumeRequested(_) => Some(ControlRequest::Resume),
        AgentEvent::AgentRestartRequested(_) => Some(ControlRequest::Restart),
        _ => None,
    }
}

fn control(request: ControlRequest) -> Control {
    match request {
        ControlRequest::Start => Control::Start,
        ControlRequest::Stop => Control::Stop,
        ControlRequest::Pause => Control::Pause,
        ControlRequest::Resume => Control::Resume,
        ControlRequest::Restart => Control::Restart,
    }
}

fn own_id(event: &RecordedEvent) -> Result<AgentId, ProcessError> {
    event
        .aggregate_id
        .parse()
        .map_err(|error| ProcessError::Halt(format!("{}: {error}", event.aggregate_id)))
}

fn read<E: DomainEvent>(event: &RecordedEvent) -> Result<E, ProcessError> {
    E::decode(&event.event_type, &event.event_version, event.payload.get())
        .map_err(|error| ProcessError::Halt(error.to_string()))
}
