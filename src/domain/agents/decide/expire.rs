//! `expire_control`: nobody confirmed a request for 30 s. The wish stays, the waiting ends.

use chrono::TimeDelta;
use pantheon_events::agents::{
    AgentControlTimedOut, AgentEvent, CONTROL_TIMEOUT_SECONDS, ExpireControl,
};

use crate::domain::Asked;
use crate::domain::agents::{Agent, AgentError};

pub(in crate::domain::agents) fn expire(
    agent: &Agent,
    asked: &Asked<&ExpireControl>,
) -> Result<Vec<AgentEvent>, AgentError> {
    let Some(outstanding) = agent.outstanding() else {
        return Ok(vec![]);
    };
    let waited = asked.at - outstanding.requested_at;
    // Read models keep times to the microsecond.
    let named = asked.command.requested_at.timestamp_micros();
    let same = outstanding.requested_at.timestamp_micros() == named;
    if !same || waited < TimeDelta::seconds(CONTROL_TIMEOUT_SECONDS) {
        return Ok(vec![]);
    }
    Ok(vec![
        AgentControlTimedOut {
            request: outstanding.request,
            desired_state: agent.desired(),
            requested_at: outstanding.requested_at,
            agent_name: agent.name.clone(),
        }
        .into(),
    ])
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::*;
    use super::*;
    use pantheon_events::agents::ControlRequest::{Pause, Stop};

    #[test]
    fn a_request_that_nobody_confirmed_for_30_seconds_times_out() {
        given(with(up(), [request_event(Stop, ago(30))]))
            .when(asked(ExpireControl {
                requested_at: ago(30),
            }))
            .then_expect_events(vec![timed_out(Stop, ago(30))]);
    }

    #[test]
    fn the_time_of_a_request_is_compared_as_read_models_keep_it() {
        let asked_at = ago(30) + TimeDelta::nanoseconds(-1_001);
        given(with(up(), [request_event(Stop, asked_at)]))
            .when(asked(ExpireControl {
                requested_at: ago(30) + TimeDelta::microseconds(-2),
            }))
            .then_expect_events(vec![timed_out(Stop, asked_at)]);
    }

    #[test]
    fn before_30_seconds_nothing_times_out() {
        given(with(up(), [request_event(Stop, ago(29))]))
            .when(asked(ExpireControl {
                requested_at: ago(29),
            }))
            .then_expect_events(vec![]);
    }

    #[test]
    fn a_request_that_was_confirmed_or_replaced_does_not_time_out() {
        let expired = ExpireControl {
            requested_at: ago(40),
        };
        given(with(up(), [request_event(Stop, ago(40)), confirmed(Stop)]))
            .when(asked(expired.clone()))
            .then_expect_events(vec![]);
        given(with(
            up(),
            [request_event(Pause, ago(40)), request_event(Stop, ago(35))],
        ))
        .when(asked(expired))
        .then_expect_events(vec![]);
    }

    #[test]
    fn a_timeout_is_recorded_once() {
        given(with(
            up(),
            [request_event(Stop, ago(40)), timed_out(Stop, ago(40))],
        ))
        .when(asked(ExpireControl {
            requested_at: ago(40),
        }))
        .then_expect_events(vec![]);
    }
}
