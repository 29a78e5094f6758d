//! `confirm_control`: the agent says that it did what was asked. A restart is confirmed by a new
//! session alone; what came too late still counts, and a repeat changes nothing.

use pantheon_events::agents::{AgentEvent, ConfirmControl, ControlRequest, StatusReason};

use super::transition;
use crate::domain::Asked;
use crate::domain::agents::{Agent, AgentError};

pub(in crate::domain::agents) fn confirm(
    agent: &Agent,
    asked: &Asked<&ConfirmControl>,
) -> Result<Vec<AgentEvent>, AgentError> {
    agent.speaks(asked)?;
    let Some(request) = agent.request.as_ref().map(|pending| pending.request) else {
        return Ok(vec![]);
    };
    if request == ControlRequest::Restart || !is_meant(asked.command, request) {
        return Ok(vec![]);
    }
    let status = agent.standing.confirming().status();
    let mut events = vec![transition::confirmed(agent, request)];
    events.extend(transition::status(
        agent,
        status,
        StatusReason::ControlConfirmed,
        asked.at,
        agent.current_task,
    ));
    Ok(events)
}

/// An agent that was told its desired state confirms that state, under whichever request led to
/// it; a confirmation of something else came too late.
fn is_meant(command: &ConfirmControl, pending: ControlRequest) -> bool {
    command
        .request
        .is_none_or(|confirmed| confirmed.wants() == pending.wants())
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::*;
    use super::*;
    use ControlRequest::{Pause, Restart, Resume, Start, Stop};
    use pantheon_events::agents::AgentStatus;

    fn confirm_of(request: Option<ControlRequest>) -> ConfirmControl {
        ConfirmControl { request }
    }

    #[test]
    fn a_confirmed_stop_takes_the_agent_offline() {
        given(with(up(), [request_event(Stop, EARLIER)]))
            .when(itself(confirm_of(None)))
            .then_expect_events(vec![
                confirmed(Stop),
                status(
                    AgentStatus::Active,
                    AgentStatus::Offline,
                    StatusReason::ControlConfirmed,
                    NOW,
                ),
            ]);
    }

    #[test]
    fn a_confirmed_pause_makes_the_agent_idle() {
        given(with(up(), [request_event(Pause, EARLIER)]))
            .when(itself(confirm_of(Some(Pause))))
            .then_expect_events(vec![
                confirmed(Pause),
                status(
                    AgentStatus::Active,
                    AgentStatus::Idle,
                    StatusReason::ControlConfirmed,
                    NOW,
                ),
            ]);
    }

    #[test]
    fn a_confirmed_resume_makes_the_agent_what_its_heartbeat_said() {
        given(with(paused(), [request_event(Resume, EARLIER)]))
            .when(itself(confirm_of(Some(Start))))
            .then_expect_events(vec![
                confirmed(Resume),
                status(
                    AgentStatus::Idle,
                    AgentStatus::Active,
                    StatusReason::ControlConfirmed,
                    NOW,
                ),
            ]);
    }

    #[test]
    fn a_confirmed_start_waits_for_a_heartbeat_to_be_active() {
        given(with(halted(), [request_event(Start, EARLIER)]))
            .when(itself(confirm_of(None)))
            .then_expect_events(vec![confirmed(Start)]);
    }

    #[test]
    fn a_confirmation_after_the_time_is_up_still_counts() {
        let before = with(
            up(),
            [request_event(Stop, EARLIER), timed_out(Stop, EARLIER)],
        );
        given(before)
            .when(itself(confirm_of(None)))
            .then_expect_events(vec![
                confirmed(Stop),
                status(
                    AgentStatus::Active,
                    AgentStatus::Offline,
                    StatusReason::ControlConfirmed,
                    NOW,
                ),
            ]);
    }

    #[test]
    fn a_restart_is_confirmed_by_a_new_session_alone() {
        given(with(up(), [request_event(Restart, EARLIER)]))
            .when(itself(confirm_of(Some(Restart))))
            .then_expect_events(vec![]);
    }

    #[test]
    fn a_repeat_or_a_confirmation_of_something_else_changes_nothing() {
        given(up())
            .when(itself(confirm_of(None)))
            .then_expect_events(vec![]);
        given(with(up(), [request_event(Stop, EARLIER)]))
            .when(itself(confirm_of(Some(Pause))))
            .then_expect_events(vec![]);
    }

    #[test]
    fn only_the_agent_itself_confirms() {
        given(with(up(), [request_event(Stop, EARLIER)]))
            .when(asked(confirm_of(None)))
            .then_expect_error(AgentError::NotItself);
    }
}
