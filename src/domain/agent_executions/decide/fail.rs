//! `fail_execution`: its task failed for good.

use chrono::{DateTime, Utc};
use pantheon_events::agent_executions::{AgentExecutionFailed, ExecutionStatus, FailExecution};

use super::super::AgentExecution;
use super::{Decision, subject};

pub(in super::super) fn fail(
    execution: &AgentExecution,
    command: &FailExecution,
    at: DateTime<Utc>,
) -> Decision {
    let open = [ExecutionStatus::Pending, ExecutionStatus::Running];
    let subject = subject(execution, &open, "fail")?;
    let failed = AgentExecutionFailed {
        subject,
        error: command.error.clone(),
        at,
    };
    Ok(vec![failed.into()])
}

#[cfg(test)]
mod tests {
    use super::super::super::ExecutionError;
    use super::super::given::{asked, completed, failed, history, requested, started};
    use super::*;

    #[tokio::test]
    async fn what_is_open_fails_once() {
        let no = || FailExecution {
            error: "no".to_owned(),
        };
        for before in [vec![requested()], vec![requested(), started()]] {
            history(before)
                .when_async(asked(no()))
                .await
                .then_expect_events(vec![failed()]);
        }
        for (end, is) in [(failed(), "failed"), (completed(), "completed")] {
            history(vec![requested(), started(), end])
                .when_async(asked(no()))
                .await
                .then_expect_error(ExecutionError::InvalidTransition { is, wanted: "fail" });
        }
    }
}
