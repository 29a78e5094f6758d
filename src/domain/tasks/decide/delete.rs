//! A task that nobody works on is removed; again is fine.

use pantheon_events::tasks::{TaskDeleted, TaskStatus};

use super::Decision;
use crate::domain::tasks::{Task, TaskError};

pub(in crate::domain::tasks) fn delete(task: &Task) -> Decision {
    if task.deleted {
        return Ok(vec![]);
    }
    if task.status == TaskStatus::Running {
        return Err(TaskError::Running);
    }
    let deleted = TaskDeleted {
        name: task.name.clone(),
        plan_id: task.plan_id,
    };
    Ok(vec![deleted.into()])
}

#[cfg(test)]
mod tests {
    use pantheon_events::tasks::DeleteTask;

    use super::*;
    use crate::domain::tasks::testing::{self, given, human};

    #[test]
    fn a_task_is_deleted_once() {
        given(vec![testing::created()])
            .when(human(DeleteTask {}))
            .then_expect_events(vec![testing::deleted()]);
        given(vec![testing::created(), testing::deleted()])
            .when(human(DeleteTask {}))
            .then_expect_events(vec![]);
    }

    #[test]
    fn a_running_task_is_not_deleted() {
        given(vec![testing::created(), testing::started(None, 1)])
            .when(human(DeleteTask {}))
            .then_expect_error(TaskError::Running);
    }

    #[test]
    fn whoever_may_touch_only_its_own_sees_no_other() {
        let mut asked = human(DeleteTask {});
        let mut by = (*asked.by).clone();
        by.own_only = true;
        by.actor.id = "somebody-else".to_owned();
        asked.by = by.into();
        given(vec![testing::created()])
            .when(asked)
            .then_expect_error(TaskError::NotFound);
    }
}
