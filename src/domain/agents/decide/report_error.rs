//! `report_error`: something went wrong. The agent is in trouble until its next good heartbeat.

use pantheon_events::agents::{AgentErrorReported, AgentEvent, ReportError, StatusReason};

use super::transition;
use crate::domain::Asked;
use crate::domain::agents::{Agent, AgentError, Standing};

pub(in crate::domain::agents) fn report_error(
    agent: &Agent,
    asked: &Asked<&ReportError>,
) -> Result<Vec<AgentEvent>, AgentError> {
    agent.speaks(asked)?;
    let reported = AgentErrorReported {
        error: asked.command.error.clone(),
        task_id: asked.command.task_id,
        agent_name: agent.name.clone(),
    };
    let troubled = Standing {
        troubled: true,
        ..agent.standing
    };
    let mut events = vec![reported.into()];
    events.extend(transition::status(
        agent,
        troubled.status(),
        StatusReason::ErrorReported,
        asked.at,
        agent.current_task,
    ));
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::*;
    use super::*;
    use pantheon_events::agents::AgentStatus;

    fn report() -> ReportError {
        ReportError {
            error: ERROR.into(),
            task_id: None,
        }
    }

    #[test]
    fn a_reported_error_puts_the_agent_in_trouble() {
        given(up()).when(itself(report())).then_expect_events(vec![
            error_reported(),
            status(AgentStatus::Active, AgentStatus::Error, REPORTED, NOW),
        ]);
    }

    #[test]
    fn a_second_error_is_recorded_without_another_status() {
        let before = with(
            up(),
            [
                error_reported(),
                status(AgentStatus::Active, AgentStatus::Error, REPORTED, EARLIER),
            ],
        );
        given(before)
            .when(itself(report()))
            .then_expect_events(vec![error_reported()]);
    }

    #[test]
    fn an_agent_that_is_offline_stays_so() {
        given(enrolled())
            .when(itself(report()))
            .then_expect_events(vec![error_reported()]);
    }

    #[test]
    fn only_an_enrolled_agent_itself_reports() {
        given(up())
            .when(asked(report()))
            .then_expect_error(AgentError::NotItself);
        given(vec![registered()])
            .when(itself(report()))
            .then_expect_error(AgentError::NotEnrolled);
    }
}
