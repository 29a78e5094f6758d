//! A task is made once.

use pantheon_events::agents::catalogue_type;
use pantheon_events::tasks::{CreateTask, TaskCreated};

use super::Decision;
use crate::domain::Asked;
use crate::domain::tasks::{Task, TaskError};

const MAX_RETRIES: i32 = 3;
const TIMEOUT_SECONDS: i32 = 3600;

pub(in crate::domain::tasks) fn create(task: &Task, asked: &Asked<&CreateTask>) -> Decision {
    if task.exists {
        return Err(TaskError::AlreadyExists);
    }
    let command = asked.command.clone();
    let actor = &asked.by.actor;
    let created = TaskCreated {
        name: command.name.trim().to_owned(),
        description: command.description,
        priority: command.priority,
        agent_type: command.agent_type.map(stored_type).transpose()?,
        required_capability: command.required_capability,
        task_type: command.task_type,
        repository_id: command.repository_id,
        issue_number: command.issue_number,
        execution_id: command.execution_id,
        plan_id: command.plan_id,
        estimated_minutes: command.estimated_minutes,
        max_retries: command.max_retries.unwrap_or(MAX_RETRIES),
        timeout_seconds: command.timeout_seconds.unwrap_or(TIMEOUT_SECONDS),
        metadata: command.metadata.unwrap_or_default(),
        created_by: actor.on_behalf_of.as_ref().unwrap_or(&actor.id).clone(),
    };
    Ok(vec![created.into()])
}

/// Whatever name the type was given by, its catalogue id is kept.
fn stored_type(name: String) -> Result<String, TaskError> {
    match catalogue_type(&name) {
        Some(agent) => Ok(agent.id.to_owned()),
        None => Err(TaskError::UnknownAgentType(name)),
    }
}

#[cfg(test)]
mod tests {
    use pantheon_events::tasks::{Priority, TaskEvent};

    use super::*;
    use crate::domain::tasks::testing::{self, given, given_nothing, human};

    fn build() -> CreateTask {
        testing::create_command("  build the thing ")
    }

    #[test]
    fn a_task_is_made_with_its_defaults_and_a_trimmed_name() {
        let events = given_nothing().when(human(build())).inspect_result();
        let [TaskEvent::TaskCreated(created)] = &events.expect("accepted")[..] else {
            panic!("one task_created");
        };
        assert_eq!(created.name, "build the thing");
        assert_eq!(created.priority, Priority::P2);
        assert_eq!((created.max_retries, created.timeout_seconds), (3, 3600));
        assert_eq!(created.created_by, testing::USER);
    }

    #[test]
    fn an_id_is_used_once() {
        given(vec![testing::created()])
            .when(human(build()))
            .then_expect_error(TaskError::AlreadyExists);
    }

    #[test]
    fn the_id_of_a_deleted_task_is_not_used_again() {
        given(vec![testing::created(), testing::deleted()])
            .when(human(build()))
            .then_expect_error(TaskError::AlreadyExists);
    }

    #[test]
    fn an_agent_type_is_kept_by_its_catalogue_id() {
        for name in ["codegen", "codegen-agent", "CodeGenAgent"] {
            let command = CreateTask {
                agent_type: Some(name.to_owned()),
                ..build()
            };
            let events = given_nothing().when(human(command)).inspect_result();
            let [TaskEvent::TaskCreated(created)] = &events.expect("accepted")[..] else {
                panic!("one task_created");
            };
            assert_eq!(created.agent_type.as_deref(), Some("codegen"));
        }
        let command = CreateTask {
            agent_type: Some("magic".to_owned()),
            ..build()
        };
        given_nothing()
            .when(human(command))
            .then_expect_error(TaskError::UnknownAgentType("magic".to_owned()));
    }
}
