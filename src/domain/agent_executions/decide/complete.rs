//! `complete_execution`: its task was completed.

use chrono::{DateTime, Utc};
use pantheon_events::agent_executions::{
    AgentExecutionCompleted, CompleteExecution, ExecutionStatus,
};

use super::super::AgentExecution;
use super::{Decision, subject};

pub(in super::super) fn complete(
    execution: &AgentExecution,
    command: &CompleteExecution,
    at: DateTime<Utc>,
) -> Decision {
    let subject = subject(execution, &[ExecutionStatus::Running], "be completed")?;
    let completed = AgentExecutionCompleted {
        subject,
        result_summary: command.result_summary.clone(),
        quality_score: command.quality_score,
        pr_number: command.pr_number,
        at,
    };
    Ok(vec![completed.into()])
}

#[cfg(test)]
mod tests {
    use super::super::super::ExecutionError;
    use super::super::given::{asked, cancelled, completed, history, requested, started};
    use super::*;

    #[tokio::test]
    async fn only_what_runs_is_completed() {
        history(vec![requested(), started()])
            .when_async(asked(CompleteExecution::default()))
            .await
            .then_expect_events(vec![completed()]);
        for (before, is) in [
            (vec![requested()], "pending"),
            (vec![requested(), started(), completed()], "completed"),
            (vec![requested(), started(), cancelled()], "cancelled"),
        ] {
            history(before)
                .when_async(asked(CompleteExecution::default()))
                .await
                .then_expect_error(ExecutionError::InvalidTransition {
                    is,
                    wanted: "be completed",
                });
        }
    }
}
