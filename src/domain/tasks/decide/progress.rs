//! The holder says how far it is.

use pantheon_events::tasks::{ReportProgress, TaskProgressed};

use super::Decision;
use super::holder::{check_holder, check_running};
use crate::domain::Asked;
use crate::domain::tasks::Task;

pub(in crate::domain::tasks) fn progress(task: &Task, asked: &Asked<&ReportProgress>) -> Decision {
    check_holder(task, &asked.by)?;
    check_running(task, "make progress")?;
    let command = asked.command;
    if command.message.is_none() && command.progress == task.progress {
        return Ok(vec![]);
    }
    let progressed = TaskProgressed {
        progress: command.progress,
        message: command.message.clone(),
        assigned_to: task.assigned_to.clone(),
    };
    Ok(vec![progressed.into()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tasks::TaskError;
    use crate::domain::tasks::testing::{self, agent, agent_id, given, human};

    fn half() -> ReportProgress {
        ReportProgress {
            progress: 50,
            message: None,
        }
    }

    fn progressed() -> TaskProgressed {
        TaskProgressed {
            progress: 50,
            message: None,
            assigned_to: Some(agent_id("codegen")),
        }
    }

    fn running() -> Vec<pantheon_events::tasks::TaskEvent> {
        vec![testing::created(), testing::started(Some("codegen"), 1)]
    }

    #[test]
    fn the_holder_and_people_report_progress() {
        for asked in [agent("codegen", half()), human(half())] {
            given(running())
                .when(asked)
                .then_expect_events(vec![progressed().into()]);
        }
    }

    #[test]
    fn the_same_progress_again_changes_nothing() {
        given([running(), vec![progressed().into()]].concat())
            .when(agent("codegen", half()))
            .then_expect_events(vec![]);
    }

    #[test]
    fn another_agent_is_not_the_holder() {
        given(running())
            .when(agent("review", half()))
            .then_expect_error(TaskError::NotTheHolder {
                holder: Some(agent_id("codegen")),
            });
    }

    #[test]
    fn a_pending_task_makes_no_progress() {
        let result = given(vec![testing::created()])
            .when(human(half()))
            .inspect_result();
        assert!(matches!(result, Err(TaskError::InvalidTransition { .. })));
    }
}
