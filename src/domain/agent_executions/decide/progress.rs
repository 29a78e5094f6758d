//! `report_execution_progress`: how far the agent is.

use pantheon_events::agent_executions::{
    AgentExecutionProgressed, ExecutionStatus, ReportExecutionProgress,
};

use super::super::AgentExecution;
use super::{Decision, subject};

pub(in super::super) fn progress(
    execution: &AgentExecution,
    command: &ReportExecutionProgress,
) -> Decision {
    let subject = subject(execution, &[ExecutionStatus::Running], "get on")?;
    let progress = command.progress.clamp(0, 100);
    if (execution.progress, &execution.message) == (progress, &command.message) {
        return Ok(Vec::new());
    }
    let progressed = AgentExecutionProgressed {
        subject,
        progress,
        message: command.message.clone(),
    };
    Ok(vec![progressed.into()])
}

#[cfg(test)]
mod tests {
    use pantheon_events::agent_executions::AgentExecutionEvent;

    use super::super::super::ExecutionError;
    use super::super::given::{self, asked, history, requested, started};
    use super::*;

    fn at(progress: i32) -> ReportExecutionProgress {
        ReportExecutionProgress {
            progress,
            message: Some("reading".to_owned()),
        }
    }

    fn progressed(progress: i32) -> AgentExecutionEvent {
        AgentExecutionProgressed {
            subject: given::subject(),
            progress,
            message: Some("reading".to_owned()),
        }
        .into()
    }

    #[tokio::test]
    async fn progress_stays_between_nothing_and_everything() {
        for (said, kept) in [(-5, 0), (0, 0), (60, 60), (100, 100), (101, 100)] {
            history(vec![requested(), started()])
                .when_async(asked(at(said)))
                .await
                .then_expect_events(vec![progressed(kept)]);
        }
        history(vec![requested(), started(), progressed(60)])
            .when_async(asked(at(60)))
            .await
            .then_expect_events(vec![]);
    }

    #[tokio::test]
    async fn what_does_not_run_makes_no_progress() {
        history(vec![requested()])
            .when_async(asked(at(10)))
            .await
            .then_expect_error(ExecutionError::InvalidTransition {
                is: "pending",
                wanted: "get on",
            });
    }
}
