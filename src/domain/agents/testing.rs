//! Given, when, then: short words for the tests of agents.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use pantheon_events::agents::{
    AgentCommand, AgentControlConfirmed, AgentControlTimedOut, AgentEnrolled, AgentErrorReported,
    AgentEvent, AgentHealthChanged, AgentHeartbeatRecorded, AgentPauseRequested, AgentRegistered,
    AgentRestartRequested, AgentResumeRequested, AgentRevoked, AgentStartRequested, AgentStatus,
    AgentStatusChanged, AgentStopRequested, Category, ControlRequest, Health, MemberKind,
    PauseAgent, ReportedState, RestartAgent, ResumeAgent, StartAgent, StatusReason, StopAgent,
};
use pantheon_events::{Actor, CommandContext, TenantId};

use super::Agent;
use crate::domain::Asked;

pub(super) const ID: &str = "codegen";
pub(super) const NAME: &str = "CodeGen Agent";
pub(super) const KEY: &str = "UAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
pub(super) const OTHER_KEY: &str = "UBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
pub(super) const SESSION: &str = "first";
pub(super) const ERROR: &str = "out of luck";
pub(super) const REPORTED: StatusReason = StatusReason::ErrorReported;
pub(super) const NOW: DateTime<Utc> =
    DateTime::from_timestamp(1_780_000_000, 0).expect("a time of this century");
pub(super) const EARLIER: DateTime<Utc> =
    DateTime::from_timestamp(1_779_999_990, 0).expect("ten seconds before");

pub(super) fn ago(seconds: i64) -> DateTime<Utc> {
    NOW - TimeDelta::seconds(seconds)
}

pub(super) fn operator() -> Actor {
    Actor::human("0198c7a0-0000-7000-8000-000000000001")
}

pub(super) fn given(events: Vec<AgentEvent>) -> AggregateTestExecutor<Agent> {
    TestFramework::<Agent>::with(()).given(events)
}

/// An operator asks at `NOW`.
pub(super) fn asked(command: impl Into<AgentCommand>) -> Asked<AgentCommand> {
    asked_of(ID, operator(), command)
}

/// The agent itself asks at `NOW`.
pub(super) fn itself(command: impl Into<AgentCommand>) -> Asked<AgentCommand> {
    asked_of(ID, Actor::agent(ID), command)
}

pub(super) fn asked_of(
    id: &str,
    actor: Actor,
    command: impl Into<AgentCommand>,
) -> Asked<AgentCommand> {
    Asked {
        command: command.into(),
        id: id.into(),
        by: Arc::new(CommandContext::new(
            TenantId::default_organization(),
            actor,
            None,
        )),
        at: NOW,
    }
}

pub(super) fn command(request: ControlRequest) -> AgentCommand {
    match request {
        ControlRequest::Start => StartAgent {}.into(),
        ControlRequest::Stop => StopAgent {}.into(),
        ControlRequest::Pause => PauseAgent {}.into(),
        ControlRequest::Resume => ResumeAgent {}.into(),
        ControlRequest::Restart => RestartAgent {}.into(),
    }
}

pub(super) fn request_event(request: ControlRequest, requested_at: DateTime<Utc>) -> AgentEvent {
    let (desired_state, agent_name) = (request.wants(), NAME.to_owned());
    macro_rules! event {
        ($Event:ident) => {
            $Event {
                desired_state,
                agent_name,
                requested_at,
            }
            .into()
        };
    }
    match request {
        ControlRequest::Start => event!(AgentStartRequested),
        ControlRequest::Stop => event!(AgentStopRequested),
        ControlRequest::Pause => event!(AgentPauseRequested),
        ControlRequest::Resume => event!(AgentResumeRequested),
        ControlRequest::Restart => event!(AgentRestartRequested),
    }
}

pub(super) fn confirmed(request: ControlRequest) -> AgentEvent {
    AgentControlConfirmed {
        request,
        desired_state: request.wants(),
        agent_name: NAME.into(),
    }
    .into()
}

pub(super) fn timed_out(request: ControlRequest, requested_at: DateTime<Utc>) -> AgentEvent {
    AgentControlTimedOut {
        request,
        desired_state: request.wants(),
        requested_at,
        agent_name: NAME.into(),
    }
    .into()
}

pub(super) fn status(
    old_status: AgentStatus,
    new_status: AgentStatus,
    reason: StatusReason,
    at: DateTime<Utc>,
) -> AgentEvent {
    AgentStatusChanged {
        old_status,
        new_status,
        reason,
        agent_name: NAME.into(),
        agent_type: ID.into(),
        at,
        task_id: None,
    }
    .into()
}

pub(super) fn health(from: Health, to: Health) -> AgentEvent {
    AgentHealthChanged {
        from,
        to,
        agent_name: NAME.into(),
    }
    .into()
}

pub(super) fn registered() -> AgentEvent {
    AgentRegistered {
        agent_type: ID.into(),
        name: NAME.into(),
        category: Category::Coding,
        layer: 4,
        capabilities: capabilities(),
    }
    .into()
}

fn capabilities() -> Vec<String> {
    ["Code generation", "Bug fixing", "Refactoring"]
        .map(str::to_owned)
        .to_vec()
}

pub(super) fn enrolled_with(key: &str) -> Vec<AgentEvent> {
    vec![
        AgentEnrolled {
            public_key: key.into(),
            agent_type: ID.into(),
            kind: MemberKind::Agent,
            name: NAME.into(),
            category: Category::Coding,
            layer: 4,
            capabilities: capabilities(),
        }
        .into(),
    ]
}

pub(super) fn enrolled() -> Vec<AgentEvent> {
    enrolled_with(KEY)
}

pub(super) fn key_revoked() -> AgentEvent {
    AgentRevoked {
        public_key: KEY.into(),
        agent_name: NAME.into(),
    }
    .into()
}

pub(super) fn revoked() -> Vec<AgentEvent> {
    with(
        enrolled(),
        [key_revoked(), health(Health::Unknown, Health::Unhealthy)],
    )
}

pub(super) fn heartbeat_at(at: DateTime<Utc>) -> AgentHeartbeatRecorded {
    AgentHeartbeatRecorded {
        at,
        state: ReportedState::Active,
        session_id: Some(SESSION.into()),
        uptime_seconds: None,
        cpu_usage: None,
        memory_usage: None,
        active_tasks: None,
        current_task: None,
        version: None,
        error: None,
        tell: None,
        connected: false,
    }
}

/// Up, and last heard at this time.
pub(super) fn up_since(at: DateTime<Utc>) -> Vec<AgentEvent> {
    with(
        enrolled(),
        [
            heartbeat_at(at).into(),
            status(
                AgentStatus::Offline,
                AgentStatus::Active,
                StatusReason::Heartbeat,
                at,
            ),
            health(Health::Unknown, Health::Healthy),
        ],
    )
}

/// Up, and last heard ten seconds ago.
pub(super) fn up() -> Vec<AgentEvent> {
    up_since(EARLIER)
}

fn after(request: ControlRequest, new_status: AgentStatus) -> Vec<AgentEvent> {
    let reason = StatusReason::ControlConfirmed;
    with(
        up(),
        [
            request_event(request, EARLIER),
            confirmed(request),
            status(AgentStatus::Active, new_status, reason, EARLIER),
        ],
    )
}

/// Was asked to pause, and did.
pub(super) fn paused() -> Vec<AgentEvent> {
    after(ControlRequest::Pause, AgentStatus::Idle)
}

/// Was asked to stop, and did.
pub(super) fn halted() -> Vec<AgentEvent> {
    after(ControlRequest::Stop, AgentStatus::Offline)
}

/// Was up, and then silent for too long.
pub(super) fn gone() -> Vec<AgentEvent> {
    let reason = StatusReason::NoHeartbeat;
    with(
        up_since(ago(400)),
        [
            status(AgentStatus::Active, AgentStatus::Offline, reason, ago(100)),
            health(Health::Healthy, Health::Unhealthy),
        ],
    )
}

pub(super) fn error_reported() -> AgentEvent {
    AgentErrorReported {
        error: ERROR.into(),
        task_id: None,
        agent_name: NAME.into(),
    }
    .into()
}

pub(super) fn with<const N: usize>(
    mut events: Vec<AgentEvent>,
    more: [AgentEvent; N],
) -> Vec<AgentEvent> {
    events.extend(more);
    events
}
