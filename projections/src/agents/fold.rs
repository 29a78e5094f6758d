//! How events change the row of an agent.

use chrono::{DateTime, TimeDelta, Utc};
use pantheon_events::RecordedEvent;
use pantheon_events::agents::{
    AgentConfig, AgentEnrolled, AgentEvent, AgentHeartbeatRecorded, AgentRegistered, AgentStatus,
    AgentStatusChanged, ControlRequest, DesiredState, Health, MemberKind, catalogue_agent,
};
use pantheon_events::tasks::TaskEvent;
use uuid::Uuid;

use super::row::NOT_IN_CATALOGUE;
use super::{AgentRow, RunningTask};
use crate::engine::{Fault, decode};

/// An agent's row after a further event of its own stream.
///
/// # Errors
/// The event cannot be read.
pub fn fold(before: Option<AgentRow>, event: &RecordedEvent) -> Result<AgentRow, Fault> {
    let mut row = before.unwrap_or_else(|| blank(event));
    agent(&mut row, decode(event)?, event.recorded_at);
    Ok(row)
}

/// Applies an event of the agent itself, recorded `at`.
pub(super) fn agent(row: &mut AgentRow, event: AgentEvent, at: DateTime<Utc>) {
    use AgentEvent as E;
    use ControlRequest as R;
    match event {
        E::AgentHeartbeatRecorded(event) => heard(row, event),
        E::AgentStatusChanged(event) => changed(row, &event),
        E::AgentHealthChanged(event) => row.health = event.to.to_string(),
        E::AgentRegistered(event) => registered(row, event),
        E::AgentEnrolled(event) => enrolled(row, event),
        E::AgentRevoked(_) => revoked(row, at),
        E::AgentConfigured(event) => configured(row, &event.config),
        E::AgentStartRequested(event) => asked(row, R::Start, event.requested_at),
        E::AgentStopRequested(event) => asked(row, R::Stop, event.requested_at),
        E::AgentPauseRequested(event) => asked(row, R::Pause, event.requested_at),
        E::AgentResumeRequested(event) => asked(row, R::Resume, event.requested_at),
        E::AgentRestartRequested(event) => asked(row, R::Restart, event.requested_at),
        E::AgentControlConfirmed(_) | E::AgentControlTimedOut(_) => answered(row),
        E::AgentErrorReported(event) => row.last_error = Some(event.error),
        E::AgentLogAppended(_) => {}
    }
}

/// A member of whom nothing is known yet.
pub(super) fn blank(event: &RecordedEvent) -> AgentRow {
    let config = AgentConfig::default();
    let known = catalogue_agent(&event.aggregate_id).map(|known| known.order());
    let mut row = AgentRow {
        tenant: event.metadata.tenant.as_uuid(),
        id: event.aggregate_id.clone(),
        kind: MemberKind::Agent.to_string(),
        agent_type: String::new(),
        name: String::new(),
        category: String::new(),
        layer: 4,
        capabilities: vec![],
        ordinal: known
            .and_then(|order| i32::try_from(order).ok())
            .unwrap_or(NOT_IN_CATALOGUE),
        registered: false,
        public_key: None,
        revoked: false,
        revoked_at: None,
        max_concurrent_tasks: 0,
        timeout_seconds: 0,
        retry_attempts: 0,
        enable_logging: true,
        status: AgentStatus::Offline.to_string(),
        health: Health::Unknown.to_string(),
        desired_state: DesiredState::Running.to_string(),
        request: None,
        requested_at: None,
        session_id: None,
        version: None,
        up_since: None,
        last_heartbeat: None,
        cpu_usage: None,
        memory_usage: None,
        said_task: None,
        last_error: None,
        running: vec![],
        tasks_completed: 0,
        tasks_failed: 0,
        seconds_completed: 0,
        created_at: event.recorded_at,
    };
    configured(&mut row, &config);
    row
}

fn registered(row: &mut AgentRow, event: AgentRegistered) {
    row.registered = true;
    row.agent_type = event.agent_type;
    row.name = event.name;
    row.category = event.category.to_string();
    row.layer = i32::from(event.layer);
    row.capabilities = event.capabilities;
}

fn enrolled(row: &mut AgentRow, event: AgentEnrolled) {
    row.kind = event.kind.to_string();
    row.public_key = Some(event.public_key);
    row.agent_type = event.agent_type;
    row.name = event.name;
    row.category = event.category.to_string();
    row.layer = i32::from(event.layer);
    row.capabilities = event.capabilities;
    row.revoked = false;
    row.session_id = None;
    row.last_heartbeat = None;
    row.up_since = None;
}

fn revoked(row: &mut AgentRow, at: DateTime<Utc>) {
    row.public_key = None;
    row.revoked = true;
    row.revoked_at = Some(at);
    answered(row);
}

fn configured(row: &mut AgentRow, config: &AgentConfig) {
    row.max_concurrent_tasks = config.max_concurrent_tasks.cast_signed();
    row.timeout_seconds = config.timeout_seconds.cast_signed();
    row.retry_attempts = config.retry_attempts.cast_signed();
    row.enable_logging = config.enable_logging;
}

fn asked(row: &mut AgentRow, request: ControlRequest, at: DateTime<Utc>) {
    row.desired_state = request.wants().to_string();
    row.request = Some(request.to_string());
    row.requested_at = Some(at);
}

fn answered(row: &mut AgentRow) {
    row.request = None;
    row.requested_at = None;
}

fn changed(row: &mut AgentRow, event: &AgentStatusChanged) {
    row.status = event.new_status.to_string();
    if event.new_status == AgentStatus::Offline {
        row.up_since = None;
    } else if event.old_status == AgentStatus::Offline && row.up_since.is_none() {
        row.up_since = Some(event.at);
    }
}

fn heard(row: &mut AgentRow, event: AgentHeartbeatRecorded) {
    row.last_heartbeat = Some(event.at);
    row.cpu_usage = event.cpu_usage.or(row.cpu_usage);
    row.memory_usage = event.memory_usage.or(row.memory_usage);
    match event.uptime_seconds {
        Some(seconds) => row.up_since = Some(event.at - TimeDelta::seconds(seconds)),
        None if event.connected => row.up_since = Some(event.at),
        None => {}
    }
    if event.session_id.is_some() {
        row.session_id = event.session_id;
    }
    if event.version.is_some() {
        row.version = event.version;
    }
    if event.error.is_some() {
        row.last_error = event.error;
    }
    row.said_task = event
        .current_task
        .as_ref()
        .map(|task| task.task_id.as_uuid());
    if let Some(said) = event.current_task
        && let Some(task) = held(row, said.task_id.as_uuid())
    {
        task.progress = said.progress;
    }
}

fn held(row: &mut AgentRow, task: Uuid) -> Option<&mut RunningTask> {
    row.running.iter_mut().find(|held| held.task_id == task)
}

/// Whose row an event of a task changes.
pub(super) fn holder(event: &TaskEvent) -> Option<&str> {
    let holder = match event {
        TaskEvent::TaskStarted(event) => &event.assigned_to,
        TaskEvent::TaskProgressed(event) => &event.assigned_to,
        TaskEvent::TaskCompleted(event) => &event.assigned_to,
        TaskEvent::TaskFailed(event) => &event.assigned_to,
        TaskEvent::TaskCancelled(event) => &event.assigned_to,
        _ => return None,
    };
    holder.as_ref().map(|agent| agent.as_str())
}

/// Applies an event of a task that the agent holds.
pub(super) fn task(row: &mut AgentRow, task_id: Uuid, event: TaskEvent) {
    match event {
        TaskEvent::TaskStarted(event) => row.running.push(RunningTask {
            task_id,
            title: event.name,
            started_at: event.started_at,
            progress: 0.0,
        }),
        TaskEvent::TaskProgressed(event) => {
            if let Some(task) = held(row, task_id) {
                task.progress = f64::from(event.progress) / 100.0;
            }
        }
        TaskEvent::TaskCompleted(event) => {
            let_go(row, task_id);
            row.tasks_completed += 1;
            row.seconds_completed += event.duration_seconds;
        }
        TaskEvent::TaskFailed(event) => {
            let_go(row, task_id);
            row.tasks_failed += i64::from(!event.will_retry);
        }
        TaskEvent::TaskCancelled(_) => let_go(row, task_id),
        _ => {}
    }
}

fn let_go(row: &mut AgentRow, task: Uuid) {
    row.running.retain(|held| held.task_id != task);
}
