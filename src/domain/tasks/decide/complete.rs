//! The work is done.

use pantheon_events::tasks::{CompleteTask, TaskCompleted};

use super::Decision;
use super::holder::{check_holder, check_running};
use crate::domain::Asked;
use crate::domain::tasks::Task;

pub(in crate::domain::tasks) fn complete(task: &Task, asked: &Asked<&CompleteTask>) -> Decision {
    check_holder(task, &asked.by)?;
    check_running(task, "be completed")?;
    let started_at = task.started_at.unwrap_or(asked.at);
    let completed = TaskCompleted {
        result: asked.command.result.clone(),
        assigned_to: task.assigned_to.clone(),
        name: task.name.clone(),
        // Clocks of nodes differ a little; a duration is never negative.
        duration_seconds: (asked.at - started_at).num_seconds().max(0),
        completed_at: asked.at,
        plan_id: task.plan_id,
    };
    Ok(vec![completed.into()])
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use pantheon_events::tasks::TaskEvent;

    use super::*;
    use crate::domain::tasks::TaskError;
    use crate::domain::tasks::testing::{self, agent, agent_id, at, given, human};

    fn running() -> Vec<TaskEvent> {
        vec![testing::created(), testing::started(Some("codegen"), 1)]
    }

    fn done() -> CompleteTask {
        CompleteTask::default()
    }

    #[test]
    fn the_holder_and_people_complete_a_running_task() {
        for asked in [agent("codegen", done()), human(done())] {
            given(running())
                .when(asked)
                .then_expect_events(vec![testing::completed(Some("codegen"))]);
        }
    }

    #[test]
    fn the_event_says_how_long_the_attempt_took() {
        let later = testing::now() + TimeDelta::seconds(90);
        let events = given(running())
            .when(at(later, human(done())))
            .inspect_result()
            .expect("accepted");
        let [TaskEvent::TaskCompleted(completed)] = &events[..] else {
            panic!("one task_completed");
        };
        assert_eq!(completed.duration_seconds, 90);
    }

    #[test]
    fn another_agent_is_not_the_holder() {
        given(running())
            .when(agent("review", done()))
            .then_expect_error(TaskError::NotTheHolder {
                holder: Some(agent_id("codegen")),
            });
    }

    #[test]
    fn an_agent_that_lost_its_task_is_not_the_holder() {
        given([running(), vec![testing::failed_attempt(Some("codegen"), 1)]].concat())
            .when(agent("codegen", done()))
            .then_expect_error(TaskError::NotTheHolder { holder: None });
    }

    #[test]
    fn what_does_not_run_cannot_be_completed() {
        for history in [
            vec![testing::created()],
            [running(), vec![testing::completed(Some("codegen"))]].concat(),
        ] {
            let result = given(history).when(human(done())).inspect_result();
            assert!(matches!(result, Err(TaskError::InvalidTransition { .. })));
        }
    }
}
