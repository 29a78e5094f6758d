//! A pending task starts: for one holder, or for nobody in particular. What it waits for is
//! checked before, on the other tasks' streams.

use chrono::TimeDelta;
use pantheon_events::AgentId;
use pantheon_events::tasks::{ClaimTask, StartTask, TaskEvent, TaskStarted, TaskStatus};

use super::holder::acting_agent;
use super::{Decision, claim};
use crate::domain::Asked;
use crate::domain::tasks::{Task, TaskError};

pub(in crate::domain::tasks) fn start(task: &Task, asked: &Asked<&StartTask>) -> Decision {
    let wanted = asked.command.assigned_to.as_ref();
    if let Some(agent) = acting_agent(&asked.by) {
        let itself: AgentId = agent.parse().map_err(|_| TaskError::ForAnother)?;
        let agent_id = wanted.cloned().unwrap_or(itself);
        return claim(task, &asked.with(&ClaimTask { agent_id }));
    }
    check_pending(task)?;
    let holder = wanted.or(task.assigned_to.as_ref()).cloned();
    Ok(vec![started(task, asked, holder)])
}

pub(super) fn check_pending(task: &Task) -> Result<(), TaskError> {
    let hint = match task.status {
        TaskStatus::Pending => return Ok(()),
        TaskStatus::Running => "Somebody is at work on it; take another task.",
        TaskStatus::Failed => "Retry it first.",
        TaskStatus::Completed | TaskStatus::Cancelled => "It has ended; make a new task.",
    };
    Err(TaskError::InvalidTransition {
        from: task.status,
        wanted: "start",
        hint,
    })
}

pub(super) fn started<C>(task: &Task, asked: &Asked<C>, holder: Option<AgentId>) -> TaskEvent {
    TaskStarted {
        assigned_to: holder,
        name: task.name.clone(),
        priority: task.priority,
        started_at: asked.at,
        attempt: task.attempt + 1,
        deadline: asked.at + TimeDelta::seconds(task.timeout_seconds.into()),
        plan_id: task.plan_id,
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tasks::testing::{self, agent, agent_id, given, human};

    fn with(holder: Option<&str>) -> StartTask {
        StartTask {
            assigned_to: holder.map(agent_id),
        }
    }

    #[test]
    fn a_pending_task_starts_for_nobody_for_somebody_or_for_whom_it_is_assigned_to() {
        given(vec![testing::created()])
            .when(human(with(None)))
            .then_expect_events(vec![testing::started(None, 1)]);
        given(vec![testing::created()])
            .when(human(with(Some("review"))))
            .then_expect_events(vec![testing::started(Some("review"), 1)]);
        given(vec![testing::created(), testing::assigned("codegen")])
            .when(human(with(None)))
            .then_expect_events(vec![testing::started(Some("codegen"), 1)]);
    }

    #[test]
    fn of_two_starts_one_wins() {
        let second = given(vec![testing::created(), testing::started(None, 1)])
            .when(human(with(None)))
            .inspect_result();
        assert!(matches!(second, Err(TaskError::InvalidTransition { .. })));
    }

    #[test]
    fn an_agent_starts_for_itself_only() {
        given(vec![testing::created()])
            .when(agent("codegen", with(None)))
            .then_expect_events(vec![testing::started(Some("codegen"), 1)]);
        given(vec![testing::created()])
            .when(agent("codegen", with(Some("review"))))
            .then_expect_error(TaskError::ForAnother);
    }
}
