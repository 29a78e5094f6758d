//! An agent takes a pending task that is not meant for another and does not rest.

use pantheon_events::tasks::ClaimTask;

use super::Decision;
use super::holder::acting_agent;
use super::start::{check_pending, started};
use crate::domain::Asked;
use crate::domain::tasks::{Task, TaskError};

pub(in crate::domain::tasks) fn claim(task: &Task, asked: &Asked<&ClaimTask>) -> Decision {
    let agent = &asked.command.agent_id;
    if acting_agent(&asked.by).is_some_and(|itself| itself != agent.as_str()) {
        return Err(TaskError::ForAnother);
    }
    check_pending(task)?;
    if task
        .assigned_to
        .as_ref()
        .is_some_and(|meant| meant != agent)
    {
        return Err(TaskError::NotTheHolder {
            holder: task.assigned_to.clone(),
        });
    }
    match task.ready_at {
        Some(ready_at) if asked.at < ready_at => Err(TaskError::NotReady { ready_at }),
        _ => Ok(vec![started(task, asked, Some(agent.clone()))]),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::tasks::testing::{self, agent, agent_id, at, given, human};

    fn by(agent: &str) -> ClaimTask {
        ClaimTask {
            agent_id: agent_id(agent),
        }
    }

    #[test]
    fn a_claim_starts_the_task_for_its_agent() {
        given(vec![testing::created()])
            .when(agent("codegen", by("codegen")))
            .then_expect_events(vec![testing::started(Some("codegen"), 1)]);
    }

    #[test]
    fn a_second_claim_is_refused_also_to_the_holder() {
        for name in ["codegen", "review"] {
            let result = given(vec![
                testing::created(),
                testing::started(Some("codegen"), 1),
            ])
            .when(agent(name, by(name)))
            .inspect_result();
            assert!(matches!(result, Err(TaskError::InvalidTransition { .. })));
        }
    }

    #[test]
    fn an_agent_claims_for_itself_only_and_a_person_for_any() {
        given(vec![testing::created()])
            .when(agent("codegen", by("review")))
            .then_expect_error(TaskError::ForAnother);
        given(vec![testing::created()])
            .when(human(by("review")))
            .then_expect_events(vec![testing::started(Some("review"), 1)]);
    }

    #[test]
    fn what_is_assigned_to_another_cannot_be_claimed() {
        given(vec![testing::created(), testing::assigned("review")])
            .when(agent("codegen", by("codegen")))
            .then_expect_error(TaskError::NotTheHolder {
                holder: Some(agent_id("review")),
            });
    }

    #[test]
    fn a_task_rests_after_a_failed_attempt() {
        let history = || {
            vec![
                testing::created(),
                testing::started(Some("codegen"), 1),
                testing::failed_attempt(Some("codegen"), 1),
            ]
        };
        let ready_at = testing::now() + TimeDelta::seconds(1);
        let early = at(
            ready_at - TimeDelta::milliseconds(1),
            agent("codegen", by("codegen")),
        );
        given(history())
            .when(early)
            .then_expect_error(TaskError::NotReady { ready_at });
        let result = given(history())
            .when(at(ready_at, agent("codegen", by("codegen"))))
            .inspect_result();
        assert_eq!(result.expect("accepted").len(), 1);
    }
}
