//! The events that go with a change of status, health or control.

use chrono::{DateTime, Utc};
use pantheon_events::TaskId;
use pantheon_events::agents::{
    AgentControlConfirmed, AgentEvent, AgentHealthChanged, AgentStatus, AgentStatusChanged,
    ControlRequest, Health, StatusReason,
};

use crate::domain::agents::Agent;

/// The status is another one now; nothing if it is not. `task_id` is what the agent is at.
pub(super) fn status(
    agent: &Agent,
    new_status: AgentStatus,
    reason: StatusReason,
    at: DateTime<Utc>,
    task_id: Option<TaskId>,
) -> Option<AgentEvent> {
    let changed = || AgentStatusChanged {
        old_status: agent.status,
        new_status,
        reason,
        agent_name: agent.name.clone(),
        agent_type: agent.agent_type.clone(),
        at,
        task_id,
    };
    (new_status != agent.status).then(|| changed().into())
}

/// The health is another one now; nothing if it is not.
pub(super) fn health(agent: &Agent, to: Health) -> Option<AgentEvent> {
    let changed = || AgentHealthChanged {
        from: agent.health,
        to,
        agent_name: agent.name.clone(),
    };
    (to != agent.health).then(|| changed().into())
}

/// The agent did what was asked.
pub(super) fn confirmed(agent: &Agent, request: ControlRequest) -> AgentEvent {
    AgentControlConfirmed {
        request,
        desired_state: request.wants(),
        agent_name: agent.name.clone(),
    }
    .into()
}
