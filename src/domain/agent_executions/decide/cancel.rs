//! `cancel_execution`: given up; again is fine.

use chrono::{DateTime, Utc};
use pantheon_events::agent_executions::{AgentExecutionCancelled, ExecutionStatus};

use super::super::{AgentExecution, ExecutionError};
use super::{Decision, subject};

pub(in super::super) fn cancel(execution: &AgentExecution, at: DateTime<Utc>) -> Decision {
    if execution.status == ExecutionStatus::Cancelled {
        return Ok(Vec::new());
    }
    let open = [ExecutionStatus::Pending, ExecutionStatus::Running];
    let subject = subject(execution, &open, "be cancelled")?;
    let task_id = execution.task_id.ok_or(ExecutionError::NoRepository)?;
    let cancelled = AgentExecutionCancelled {
        subject,
        task_id,
        at,
    };
    Ok(vec![cancelled.into()])
}

#[cfg(test)]
mod tests {
    use pantheon_events::agent_executions::CancelExecution;

    use super::super::given::{asked, cancelled, failed, history, requested, started};
    use super::*;

    #[tokio::test]
    async fn what_is_open_is_given_up_once() {
        for (before, after) in [
            (vec![requested()], vec![cancelled()]),
            (vec![requested(), started()], vec![cancelled()]),
            (vec![requested(), cancelled()], vec![]),
        ] {
            history(before)
                .when_async(asked(CancelExecution {}))
                .await
                .then_expect_events(after);
        }
        history(vec![requested(), failed()])
            .when_async(asked(CancelExecution {}))
            .await
            .then_expect_error(ExecutionError::InvalidTransition {
                is: "failed",
                wanted: "be cancelled",
            });
    }
}
