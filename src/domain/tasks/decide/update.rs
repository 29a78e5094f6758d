//! What is said about a task can change at any time; its status moves by the table.

use pantheon_events::tasks::{
    CancelTask, CompleteTask, FailTask, RetryTask, StartTask, TaskEvent, TaskStatus, TaskUpdated,
    UpdateTask,
};

use super::{Decision, cancel, complete, fail, retry, start};
use crate::domain::Asked;
use crate::domain::tasks::{Task, TaskError};

pub(in crate::domain::tasks) fn update(task: &Task, asked: &Asked<&UpdateTask>) -> Decision {
    let mut events = Vec::new();
    // The step is one of the task as the same request changes it: with its new name, its new limits.
    let mut changed = task.clone();
    let changes = changes(task, asked.command);
    if changes != TaskUpdated::default() {
        changed.evolve(changes.clone().into());
        events.push(TaskEvent::from(changes));
    }
    if let Some(status) = asked.command.status
        && status != task.status
    {
        events.extend(transition(&changed, asked, status)?);
    }
    Ok(events)
}

fn changes(task: &Task, command: &UpdateTask) -> TaskUpdated {
    let name = command.name.as_ref().map(|name| name.trim().to_owned());
    TaskUpdated {
        name: name.filter(|name| *name != task.name),
        description: command
            .description
            .clone()
            .filter(|new| *new != task.description),
        priority: command.priority.filter(|new| *new != task.priority),
        metadata: command.metadata.clone().filter(|new| *new != task.metadata),
        estimated_minutes: command
            .estimated_minutes
            .filter(|new| *new != task.estimated_minutes),
        max_retries: command.max_retries.filter(|new| *new != task.max_retries),
        timeout_seconds: command
            .timeout_seconds
            .filter(|new| *new != task.timeout_seconds),
    }
}

fn transition(task: &Task, asked: &Asked<&UpdateTask>, to: TaskStatus) -> Decision {
    match to {
        TaskStatus::Pending if task.status == TaskStatus::Failed => {
            retry(task, &RetryTask::default())
        }
        TaskStatus::Pending => Err(TaskError::InvalidTransition {
            from: task.status,
            wanted: "go back to pending",
            hint: "Only a failed task can be put back; a running one returns when its attempt fails.",
        }),
        TaskStatus::Running => start(task, &asked.with(&StartTask::default())),
        TaskStatus::Completed => complete(task, &asked.with(&CompleteTask::default())),
        TaskStatus::Failed => fail(task, &asked.with(&final_failure())),
        TaskStatus::Cancelled => cancel(task, &asked.with(&CancelTask::default())),
    }
}

fn final_failure() -> FailTask {
    FailTask {
        error: None,
        retryable: Some(false),
        attempt: None,
    }
}

#[cfg(test)]
mod tests {
    use pantheon_events::tasks::Priority;

    use super::*;
    use crate::domain::tasks::testing::{self, given, human};

    fn to(status: TaskStatus) -> UpdateTask {
        UpdateTask {
            status: Some(status),
            ..UpdateTask::default()
        }
    }

    #[test]
    fn only_changed_fields_are_in_the_event() {
        let command = UpdateTask {
            name: Some(format!(" {} ", testing::NAME)),
            priority: Some(Priority::P0),
            max_retries: Some(3),
            ..UpdateTask::default()
        };
        let expected = TaskUpdated {
            priority: Some(Priority::P0),
            ..TaskUpdated::default()
        };
        given(vec![testing::created()])
            .when(human(command))
            .then_expect_events(vec![expected.into()]);
    }

    #[test]
    fn an_update_that_changes_nothing_gives_no_event() {
        given(vec![testing::created()])
            .when(human(to(TaskStatus::Pending)))
            .then_expect_events(vec![]);
    }

    #[test]
    fn a_status_moves_with_the_event_of_its_transition() {
        given(vec![testing::created()])
            .when(human(to(TaskStatus::Running)))
            .then_expect_events(vec![testing::started(None, 1)]);
        given(vec![testing::created(), testing::started(None, 1)])
            .when(human(to(TaskStatus::Completed)))
            .then_expect_events(vec![testing::completed(None)]);
        given(vec![testing::created()])
            .when(human(to(TaskStatus::Cancelled)))
            .then_expect_events(vec![testing::cancelled(None, false)]);
    }

    #[test]
    fn failing_by_status_is_final_at_once() {
        let events = given(vec![testing::created(), testing::started(None, 1)])
            .when(human(to(TaskStatus::Failed)))
            .inspect_result()
            .expect("accepted");
        let [TaskEvent::TaskFailed(failed)] = &events[..] else {
            panic!("one task_failed");
        };
        assert!(!failed.will_retry && !failed.retryable);
    }

    #[test]
    fn fields_and_status_change_together() {
        let command = UpdateTask {
            name: Some("another".to_owned()),
            ..to(TaskStatus::Cancelled)
        };
        let events = given(vec![testing::created()])
            .when(human(command))
            .inspect_result();
        assert_eq!(events.expect("accepted").len(), 2);
    }

    #[test]
    fn a_status_moves_by_the_limits_of_the_same_request() {
        let command = UpdateTask {
            timeout_seconds: Some(60),
            ..to(TaskStatus::Running)
        };
        let events = given(vec![testing::created()])
            .when(human(command))
            .inspect_result();
        let [_, TaskEvent::TaskStarted(started)] = &events.expect("accepted")[..] else {
            panic!("changed and started");
        };
        let minute = chrono::TimeDelta::minutes(1);
        assert_eq!(started.deadline, testing::now() + minute);
        let command = UpdateTask {
            max_retries: Some(4),
            ..to(TaskStatus::Pending)
        };
        let exhausted = [testing::started(None, 1), testing::failed_for_good(3)];
        let before = [testing::created()].into_iter().chain(exhausted);
        let events = given(before.collect())
            .when(human(command))
            .inspect_result();
        let events = events.expect("accepted");
        assert!(
            matches!(&events[1], TaskEvent::TaskRetried(_)),
            "{events:?}"
        );
    }

    #[test]
    fn what_the_table_does_not_have_is_refused_whole() {
        let command = UpdateTask {
            name: Some("another".to_owned()),
            ..to(TaskStatus::Pending)
        };
        let error = given(vec![testing::created(), testing::started(None, 1)])
            .when(human(command))
            .inspect_result();
        assert!(matches!(error, Err(TaskError::InvalidTransition { .. })));
    }

    #[test]
    fn a_deleted_task_is_not_there() {
        given(vec![testing::created(), testing::deleted()])
            .when(human(to(TaskStatus::Running)))
            .then_expect_error(TaskError::NotFound);
    }
}
