//! A failed task goes back into the queue by hand.

use pantheon_events::tasks::{RetryTask, TaskRetried, TaskStatus};

use super::Decision;
use crate::domain::tasks::{Task, TaskError};

pub(in crate::domain::tasks) fn retry(task: &Task, command: &RetryTask) -> Decision {
    match task.status {
        TaskStatus::Failed => {}
        // A repeat of the request that put it back: the wanted state is reached.
        TaskStatus::Pending | TaskStatus::Running if task.retried => return Ok(vec![]),
        from => {
            return Err(TaskError::InvalidTransition {
                from,
                wanted: "be retried",
                hint: "Only a failed task can be retried.",
            });
        }
    }
    if !command.reset && task.retry_count >= task.max_retries {
        return Err(TaskError::RetriesExhausted {
            max_retries: task.max_retries,
        });
    }
    let retried = TaskRetried {
        name: task.name.clone(),
        retry_count: if command.reset {
            0
        } else {
            task.retry_count + 1
        },
    };
    Ok(vec![retried.into()])
}

#[cfg(test)]
mod tests {
    use pantheon_events::tasks::TaskEvent;

    use super::*;
    use crate::domain::tasks::testing::{self, given, human};

    fn failed(retry_count: i32) -> Vec<TaskEvent> {
        vec![
            testing::created(),
            testing::started(None, 1),
            testing::failed_for_good(retry_count),
        ]
    }

    fn retried(retry_count: i32) -> TaskEvent {
        TaskRetried {
            name: testing::NAME.to_owned(),
            retry_count,
        }
        .into()
    }

    #[test]
    fn a_retry_counts() {
        given(failed(1))
            .when(human(RetryTask::default()))
            .then_expect_events(vec![retried(2)]);
    }

    #[test]
    fn exhausted_retries_need_a_reset() {
        given(failed(3))
            .when(human(RetryTask::default()))
            .then_expect_error(TaskError::RetriesExhausted { max_retries: 3 });
        given(failed(3))
            .when(human(RetryTask { reset: true }))
            .then_expect_events(vec![retried(0)]);
    }

    #[test]
    fn a_repeated_retry_changes_nothing() {
        given([failed(1), vec![retried(2)]].concat())
            .when(human(RetryTask::default()))
            .then_expect_events(vec![]);
    }

    #[test]
    fn only_a_failed_task_is_retried() {
        for history in [
            vec![testing::created()],
            vec![testing::created(), testing::started(None, 1)],
            vec![testing::created(), testing::cancelled(None, false)],
        ] {
            let result = given(history)
                .when(human(RetryTask::default()))
                .inspect_result();
            assert!(matches!(result, Err(TaskError::InvalidTransition { .. })));
        }
    }
}
