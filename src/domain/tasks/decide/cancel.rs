//! A task is given up while it is open.

use pantheon_events::tasks::{CancelTask, TaskCancelled, TaskStatus};

use super::Decision;
use crate::domain::Asked;
use crate::domain::tasks::{Task, TaskError};

pub(in crate::domain::tasks) fn cancel(task: &Task, asked: &Asked<&CancelTask>) -> Decision {
    if !matches!(task.status, TaskStatus::Pending | TaskStatus::Running) {
        return Err(TaskError::InvalidTransition {
            from: task.status,
            wanted: "be cancelled",
            hint: "Only a pending or running task can be cancelled.",
        });
    }
    let cancelled = TaskCancelled {
        name: task.name.clone(),
        reason: asked.command.reason.clone(),
        assigned_to: task.assigned_to.clone(),
        was_running: task.status == TaskStatus::Running,
        cancelled_at: asked.at,
        plan_id: task.plan_id,
    };
    Ok(vec![cancelled.into()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tasks::testing::{self, given, human};

    #[test]
    fn pending_and_running_tasks_are_cancelled() {
        given(vec![testing::created()])
            .when(human(CancelTask::default()))
            .then_expect_events(vec![testing::cancelled(None, false)]);
        given(vec![
            testing::created(),
            testing::started(Some("codegen"), 1),
        ])
        .when(human(CancelTask::default()))
        .then_expect_events(vec![testing::cancelled(Some("codegen"), true)]);
    }

    #[test]
    fn what_has_ended_cannot_be_cancelled() {
        let running = || vec![testing::created(), testing::started(None, 1)];
        for end in [
            testing::completed(None),
            testing::cancelled(None, true),
            testing::failed_for_good(0),
        ] {
            let result = given([running(), vec![end]].concat())
                .when(human(CancelTask::default()))
                .inspect_result();
            assert!(matches!(result, Err(TaskError::InvalidTransition { .. })));
        }
    }
}
