//! An attempt failed: the task goes back into the queue while retries are left, else it fails.

use pantheon_events::tasks::{FailTask, TaskFailed, TaskStatus};

use super::Decision;
use super::holder::{check_holder, check_running};
use crate::domain::Asked;
use crate::domain::tasks::{Task, backoff};

const NO_WORDS: &str = "The attempt failed.";

pub(in crate::domain::tasks) fn fail(task: &Task, asked: &Asked<&FailTask>) -> Decision {
    if is_over(task, asked.command) {
        return Ok(vec![]);
    }
    check_holder(task, &asked.by)?;
    check_running(task, "fail")?;
    let retryable = asked.command.retryable.unwrap_or(true);
    let will_retry = retryable && task.retry_count < task.max_retries;
    let retry_count = task.retry_count + i32::from(will_retry);
    let failed = TaskFailed {
        error: asked
            .command
            .error
            .clone()
            .unwrap_or_else(|| NO_WORDS.to_owned()),
        retryable,
        will_retry,
        retry_count,
        attempt: task.attempt,
        assigned_to: task.assigned_to.clone(),
        name: task.name.clone(),
        failed_at: asked.at,
        ready_at: will_retry.then(|| asked.at + backoff(retry_count)),
        plan_id: task.plan_id,
    };
    Ok(vec![failed.into()])
}

/// Whether the attempt that is meant has ended already, one way or another.
fn is_over(task: &Task, command: &FailTask) -> bool {
    command.attempt.is_some_and(|attempt| {
        attempt < task.attempt || (attempt == task.attempt && task.status != TaskStatus::Running)
    })
}

#[cfg(test)]
mod tests {
    use pantheon_events::tasks::TaskEvent;

    use super::*;
    use crate::domain::tasks::TaskError;
    use crate::domain::tasks::testing::{self, agent, agent_id, given, human};

    fn running() -> Vec<TaskEvent> {
        vec![testing::created(), testing::started(Some("codegen"), 1)]
    }

    fn broken(retryable: Option<bool>) -> FailTask {
        FailTask {
            error: Some(testing::ERROR.to_owned()),
            retryable,
            attempt: None,
        }
    }

    fn outcome(history: Vec<TaskEvent>, command: FailTask) -> TaskFailed {
        let events = given(history).when(human(command)).inspect_result();
        match &events.expect("accepted")[..] {
            [TaskEvent::TaskFailed(failed)] => failed.clone(),
            other => panic!("one task_failed, not {other:?}"),
        }
    }

    #[test]
    fn a_failed_attempt_goes_back_and_rests() {
        given(running())
            .when(agent("codegen", broken(None)))
            .then_expect_events(vec![testing::failed_attempt(Some("codegen"), 1)]);
    }

    #[test]
    fn the_rest_grows_with_the_attempts() {
        let mut history = vec![testing::created()];
        for (attempt, seconds) in [(1, 1), (2, 2), (3, 4)] {
            history.push(testing::started(None, attempt));
            let failed = outcome(history.clone(), broken(None));
            let rest = failed.ready_at.expect("rests") - failed.failed_at;
            assert_eq!((failed.retry_count, rest.num_seconds()), (attempt, seconds));
            history.push(failed.into());
        }
    }

    #[test]
    fn without_retries_left_it_is_final() {
        let mut history = vec![testing::created()];
        for attempt in 1..=3 {
            history.extend([
                testing::started(None, attempt),
                testing::failed_attempt(None, attempt),
            ]);
        }
        history.push(testing::started(None, 4));
        let failed = outcome(history, broken(None));
        assert!(!failed.will_retry && failed.retryable && failed.ready_at.is_none());
        assert_eq!(failed.retry_count, 3);
    }

    #[test]
    fn what_cannot_be_helped_by_another_attempt_is_final() {
        let failed = outcome(running(), broken(Some(false)));
        assert!(!failed.will_retry && failed.retry_count == 0);
    }

    #[test]
    fn another_agent_is_not_the_holder() {
        given(running())
            .when(agent("review", broken(None)))
            .then_expect_error(TaskError::NotTheHolder {
                holder: Some(agent_id("codegen")),
            });
    }

    #[test]
    fn what_does_not_run_cannot_fail() {
        let result = given(vec![testing::created()])
            .when(human(broken(None)))
            .inspect_result();
        assert!(matches!(result, Err(TaskError::InvalidTransition { .. })));
    }

    #[test]
    fn a_named_attempt_that_is_over_does_not_fail_again() {
        let first = FailTask {
            attempt: Some(1),
            ..broken(None)
        };
        let over = [running(), vec![testing::failed_attempt(Some("codegen"), 1)]].concat();
        let again = [over.clone(), vec![testing::started(Some("review"), 2)]].concat();
        for history in [over, again] {
            given(history)
                .when(human(first.clone()))
                .then_expect_events(vec![]);
        }
    }
}
