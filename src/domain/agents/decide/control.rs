//! `start_agent`, `stop_agent`, `pause_agent`, `resume_agent`, `restart_agent`: the state an agent
//! is wanted in. A repeat changes nothing while that state is reached or the same is outstanding.

use chrono::{DateTime, TimeDelta, Utc};
use pantheon_events::agents::{
    AgentEvent, AgentPauseRequested, AgentRestartRequested, AgentResumeRequested,
    AgentStartRequested, AgentStatus, AgentStopRequested, CONTROL_TIMEOUT_SECONDS, ControlRequest,
    DesiredState,
};

use crate::domain::agents::{Agent, AgentError};

pub(in crate::domain::agents) fn control(
    agent: &Agent,
    request: ControlRequest,
    at: DateTime<Utc>,
) -> Result<Vec<AgentEvent>, AgentError> {
    allowed(agent, request)?;
    if is_repeat(agent, request, at) {
        return Ok(vec![]);
    }
    Ok(vec![requested(agent, request, at)])
}

fn allowed(agent: &Agent, request: ControlRequest) -> Result<(), AgentError> {
    let needs_running = matches!(request, ControlRequest::Pause | ControlRequest::Resume);
    if agent.standing.revoked {
        Err(AgentError::Revoked)
    } else if needs_running && agent.desired() == DesiredState::Stopped {
        Err(AgentError::NotRunning)
    } else {
        Ok(())
    }
}

fn is_repeat(agent: &Agent, request: ControlRequest, at: DateTime<Utc>) -> bool {
    if request == ControlRequest::Restart {
        // No state shows that a restart is reached: it is a new one once the last is over.
        let window = TimeDelta::seconds(CONTROL_TIMEOUT_SECONDS);
        return agent.outstanding().is_some_and(|pending| {
            pending.request == request && at - pending.requested_at < window
        });
    }
    let wanted = agent.desired() == request.wants();
    let outstanding = agent.outstanding().is_some();
    let reached = agent.standing.confirmed
        && (request != ControlRequest::Start || agent.status != AgentStatus::Offline);
    wanted && (outstanding || reached)
}

fn requested(agent: &Agent, request: ControlRequest, requested_at: DateTime<Utc>) -> AgentEvent {
    let desired_state = request.wants();
    let agent_name = agent.name.clone();
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

#[cfg(test)]
mod tests {
    use super::super::super::testing::*;
    use super::*;
    use ControlRequest::{Pause, Restart, Resume, Start, Stop};

    fn allowed_after(before: Vec<AgentEvent>, request: ControlRequest) {
        given(before)
            .when(asked(command(request)))
            .then_expect_events(vec![request_event(request, NOW)]);
    }

    fn no_op_after(before: Vec<AgentEvent>, request: ControlRequest) {
        given(before)
            .when(asked(command(request)))
            .then_expect_events(vec![]);
    }

    fn refused_after(before: Vec<AgentEvent>, request: ControlRequest, error: AgentError) {
        given(before)
            .when(asked(command(request)))
            .then_expect_error(error);
    }

    #[test]
    fn a_stopped_paused_or_offline_agent_is_started() {
        allowed_after(halted(), Start);
        allowed_after(paused(), Start);
        allowed_after(vec![registered()], Start);
    }

    #[test]
    fn an_agent_that_works_or_is_being_started_is_not_started_again() {
        no_op_after(up(), Start);
        no_op_after(with(halted(), [request_event(Start, EARLIER)]), Start);
        no_op_after(with(up(), [request_event(Restart, EARLIER)]), Start);
    }

    #[test]
    fn a_running_or_paused_agent_is_stopped_once() {
        allowed_after(up(), Stop);
        allowed_after(paused(), Stop);
        no_op_after(with(up(), [request_event(Stop, EARLIER)]), Stop);
        no_op_after(halted(), Stop);
    }

    #[test]
    fn a_running_agent_is_paused_once() {
        allowed_after(up(), Pause);
        no_op_after(with(up(), [request_event(Pause, EARLIER)]), Pause);
        no_op_after(paused(), Pause);
    }

    #[test]
    fn a_paused_agent_is_resumed_once() {
        allowed_after(paused(), Resume);
        no_op_after(with(paused(), [request_event(Resume, EARLIER)]), Resume);
        no_op_after(up(), Resume);
    }

    #[test]
    fn a_stopped_agent_is_neither_paused_nor_resumed() {
        for request in [Pause, Resume] {
            refused_after(halted(), request, AgentError::NotRunning);
            refused_after(
                with(up(), [request_event(Stop, EARLIER)]),
                request,
                AgentError::NotRunning,
            );
        }
    }

    #[test]
    fn nothing_is_asked_of_a_revoked_agent() {
        for request in [Start, Stop, Pause, Resume, Restart] {
            refused_after(revoked(), request, AgentError::Revoked);
        }
    }

    #[test]
    fn any_agent_is_restarted_and_a_repeat_is_the_same_restart_while_it_is_outstanding() {
        for before in [up(), paused(), halted(), vec![registered()]] {
            allowed_after(before.clone(), Restart);
            no_op_after(
                with(before.clone(), [request_event(Restart, ago(29))]),
                Restart,
            );
            allowed_after(with(before, [request_event(Restart, ago(30))]), Restart);
        }
    }

    #[test]
    fn a_restart_that_is_over_is_followed_by_another_one() {
        let done = [request_event(Restart, ago(5)), confirmed(Restart)];
        allowed_after(with(up(), done), Restart);
    }

    #[test]
    fn a_restart_that_was_undone_by_a_stop_is_a_new_one() {
        let before = with(
            up(),
            [request_event(Restart, ago(5)), request_event(Stop, ago(4))],
        );
        allowed_after(before, Restart);
    }

    #[test]
    fn a_request_that_timed_out_is_made_again() {
        for (before, request) in [(up(), Stop), (up(), Pause), (paused(), Resume)] {
            let given = with(
                before,
                [request_event(request, EARLIER), timed_out(request, EARLIER)],
            );
            allowed_after(given, request);
        }
    }
}
