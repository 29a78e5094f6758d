//! `record_heartbeat`: an agent gives a sign of life. The events that follow from it — a request
//! confirmed, another status, another health — are part of the same commit.

use chrono::TimeDelta;
use pantheon_events::agents::{
    AgentEvent, AgentHeartbeatRecorded, ControlRequest, Health, HeartbeatRecording,
    RecordHeartbeat, ReportedState, StatusReason,
};

use super::transition;
use crate::domain::Asked;
use crate::domain::agents::{Agent, AgentError, Request};

pub(in crate::domain::agents) fn heartbeat(
    agent: &Agent,
    asked: &Asked<&RecordHeartbeat>,
) -> Result<Vec<AgentEvent>, AgentError> {
    agent.speaks(asked)?;
    let beat = asked.command;
    let reported = beat.state.unwrap_or(ReportedState::Active);
    let confirmed = done(agent, beat, reported);
    let mut standing = agent.standing;
    if confirmed.is_some() {
        standing = standing.confirming();
    }
    let status = standing.heard(reported).status();
    let connected = connected(agent, beat);
    let tell = tell(agent, connected, confirmed);

    let mut follows = Vec::new();
    follows.extend(confirmed.map(|request| transition::confirmed(agent, request)));
    follows.extend(transition::status(
        agent,
        status,
        StatusReason::Heartbeat,
        asked.at,
        beat.current_task.as_ref().map(|task| task.task_id),
    ));
    follows.extend(transition::health(agent, Health::Healthy));
    let changes =
        !follows.is_empty() || connected || tell.is_some() || reported != agent.standing.reported;
    if !changes && !is_due(agent, asked) {
        return Ok(vec![]);
    }
    let mut events = Vec::with_capacity(1 + follows.len());
    events.push(recorded(asked, reported, connected, tell));
    events.append(&mut follows);
    Ok(events)
}

/// A heartbeat that changes nothing is recorded as the node's setting says.
fn is_due(agent: &Agent, asked: &Asked<&RecordHeartbeat>) -> bool {
    match asked.command.recording {
        HeartbeatRecording::All => true,
        HeartbeatRecording::Transitions => false,
        HeartbeatRecording::Interval(seconds) => agent
            .last_heartbeat
            .is_none_or(|last| asked.at - last >= TimeDelta::seconds(i64::from(seconds))),
    }
}

/// The request that this heartbeat shows to be done.
fn done(agent: &Agent, beat: &RecordHeartbeat, reported: ReportedState) -> Option<ControlRequest> {
    let pending = agent.request.as_ref()?;
    let fits = match pending.request {
        ControlRequest::Start => reported != ReportedState::Error,
        ControlRequest::Resume => reported == ReportedState::Active,
        ControlRequest::Pause => reported == ReportedState::Idle || beat.active_tasks == Some(0),
        // Who has stopped usually says so; a last heartbeat with nothing in hand says it as well.
        // One that has just come has not been told yet.
        ControlRequest::Stop => {
            let rests = reported == ReportedState::Idle && beat.active_tasks == Some(0);
            rests && !connected(agent, beat)
        }
        ControlRequest::Restart => is_new_session(pending, beat),
    };
    fits.then_some(pending.request)
}

fn is_new_session(pending: &Request, beat: &RecordHeartbeat) -> bool {
    beat.session_id.is_some() && beat.session_id != pending.session_id
}

/// It came up, or its process is another one.
fn connected(agent: &Agent, beat: &RecordHeartbeat) -> bool {
    let new_session = beat.session_id.is_some() && beat.session_id != agent.session_id;
    new_session || (!agent.standing.up && !agent.standing.halted())
}

/// What the agent has to be told: an agent that came (back) did not hear what was asked meanwhile,
/// and one that let a request time out may not have heard it. A restart is not asked again.
fn tell(
    agent: &Agent,
    connected: bool,
    confirmed: Option<ControlRequest>,
) -> Option<ControlRequest> {
    let pending = agent.request.as_ref().filter(|_| confirmed.is_none());
    let repeated = pending.filter(|pending| pending.request != ControlRequest::Restart);
    match repeated {
        Some(pending) if connected || pending.expired => Some(pending.request),
        _ => connected.then(|| ControlRequest::towards(agent.desired())),
    }
}

fn recorded(
    asked: &Asked<&RecordHeartbeat>,
    state: ReportedState,
    connected: bool,
    tell: Option<ControlRequest>,
) -> AgentEvent {
    let beat = asked.command.clone();
    AgentHeartbeatRecorded {
        at: asked.at,
        state,
        session_id: beat.session_id,
        uptime_seconds: beat.uptime_seconds,
        cpu_usage: beat.cpu_usage,
        memory_usage: beat.memory_usage,
        active_tasks: beat.active_tasks,
        current_task: beat.current_task,
        version: beat.version,
        error: beat.error,
        tell,
        connected,
    }
    .into()
}

#[cfg(test)]
mod tests;
