//! Somebody is meant to do a task; while one is at work, nobody else can be.

use pantheon_events::tasks::{AssignTask, TaskAssigned, TaskStatus, TaskUnassigned};

use super::Decision;
use crate::domain::tasks::{Task, TaskError};

pub(in crate::domain::tasks) fn assign(task: &Task, command: &AssignTask) -> Decision {
    check_pending(task, "be assigned")?;
    if task.assigned_to.as_ref() == Some(&command.assigned_to) {
        return Ok(vec![]);
    }
    let assigned = TaskAssigned {
        assigned_to: command.assigned_to.clone(),
        name: task.name.clone(),
    };
    Ok(vec![assigned.into()])
}

pub(in crate::domain::tasks) fn unassign(task: &Task) -> Decision {
    check_pending(task, "be taken from its holder")?;
    let Some(assigned_to) = task.assigned_to.clone() else {
        return Ok(vec![]);
    };
    Ok(vec![TaskUnassigned { assigned_to }.into()])
}

fn check_pending(task: &Task, wanted: &'static str) -> Result<(), TaskError> {
    let hint = match task.status {
        TaskStatus::Pending => return Ok(()),
        TaskStatus::Running => "Fail or cancel the running attempt first.",
        TaskStatus::Failed => "Retry it first.",
        TaskStatus::Completed | TaskStatus::Cancelled => "It has ended; make a new task.",
    };
    Err(TaskError::InvalidTransition {
        from: task.status,
        wanted,
        hint,
    })
}

#[cfg(test)]
mod tests {
    use pantheon_events::tasks::UnassignTask;

    use super::*;
    use crate::domain::tasks::testing::{self, agent_id, given, human};

    fn to(agent: &str) -> AssignTask {
        AssignTask {
            assigned_to: agent_id(agent),
        }
    }

    #[test]
    fn a_pending_task_is_assigned_and_reassigned() {
        given(vec![testing::created()])
            .when(human(to("codegen")))
            .then_expect_events(vec![testing::assigned("codegen")]);
        given(vec![testing::created(), testing::assigned("codegen")])
            .when(human(to("review")))
            .then_expect_events(vec![testing::assigned("review")]);
    }

    #[test]
    fn the_same_assignment_again_changes_nothing() {
        given(vec![testing::created(), testing::assigned("codegen")])
            .when(human(to("codegen")))
            .then_expect_events(vec![]);
    }

    #[test]
    fn a_running_task_keeps_its_holder() {
        let running = || {
            given(vec![
                testing::created(),
                testing::started(Some("codegen"), 1),
            ])
        };
        for result in [
            running().when(human(to("review"))).inspect_result(),
            running().when(human(UnassignTask {})).inspect_result(),
        ] {
            assert!(matches!(result, Err(TaskError::InvalidTransition { .. })));
        }
    }

    #[test]
    fn an_assignment_is_taken_back_once() {
        let taken = TaskUnassigned {
            assigned_to: agent_id("codegen"),
        };
        given(vec![testing::created(), testing::assigned("codegen")])
            .when(human(UnassignTask {}))
            .then_expect_events(vec![taken.into()]);
        given(vec![testing::created()])
            .when(human(UnassignTask {}))
            .then_expect_events(vec![]);
    }
}
