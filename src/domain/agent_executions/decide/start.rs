//! `start_execution`: its task was started. Another attempt at the task is no other start.

use chrono::{DateTime, Utc};
use pantheon_events::agent_executions::{AgentExecutionStarted, ExecutionStatus};

use super::super::AgentExecution;
use super::{Decision, subject};

pub(in super::super) fn start(execution: &AgentExecution, at: DateTime<Utc>) -> Decision {
    if execution.status == ExecutionStatus::Running {
        return Ok(Vec::new());
    }
    let subject = subject(execution, &[ExecutionStatus::Pending], "start")?;
    Ok(vec![AgentExecutionStarted { subject, at }.into()])
}

#[cfg(test)]
mod tests {
    use pantheon_events::agent_executions::StartExecution;

    use super::super::super::ExecutionError;
    use super::super::given::{asked, cancelled, history, requested, started};

    #[tokio::test]
    async fn an_execution_starts_once() {
        for (before, after) in [
            (vec![requested()], vec![started()]),
            (vec![requested(), started()], vec![]),
        ] {
            history(before)
                .when_async(asked(StartExecution {}))
                .await
                .then_expect_events(after);
        }
    }

    #[tokio::test]
    async fn what_was_given_up_does_not_start() {
        history(vec![requested(), cancelled()])
            .when_async(asked(StartExecution {}))
            .await
            .then_expect_error(ExecutionError::InvalidTransition {
                is: "cancelled",
                wanted: "start",
            });
    }
}
