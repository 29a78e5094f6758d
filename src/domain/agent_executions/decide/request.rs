//! `request_execution`: an agent is to work on an issue. The step before it has looked the
//! repository up and filled its name in.

use pantheon_events::TaskId;
use pantheon_events::agent_executions::{
    AgentExecutionCommand, AgentExecutionRequested, EXECUTORS, ExecutionSubject, RequestExecution,
};
use pantheon_events::agents::catalogue_type;

use super::super::{AgentExecution, ExecutionError};
use super::Decision;
use crate::domain::Asked;

pub(in super::super) fn request(
    execution: &AgentExecution,
    asked: &Asked<AgentExecutionCommand>,
    command: &RequestExecution,
) -> Decision {
    if execution.subject.is_some() {
        return Err(ExecutionError::AlreadyExists);
    }
    let agent_type = executor(&command.agent_type)?;
    let repository = command.repository.clone();
    let subject = ExecutionSubject {
        repository_id: command.repository_id,
        repository: repository.ok_or(ExecutionError::NoRepository)?,
        issue_number: command.issue_number,
        agent_type: agent_type.to_owned(),
    };
    let actor = &asked.by.actor;
    let requested = AgentExecutionRequested {
        subject,
        task_id: TaskId::new(asked.by.command_id.created("task")),
        options: command.options,
        requested_by: actor.on_behalf_of.as_ref().unwrap_or(&actor.id).clone(),
    };
    Ok(vec![requested.into()])
}

/// Whatever name the kind was given by, its catalogue id is kept.
fn executor(name: &str) -> Result<&'static str, ExecutionError> {
    let known = catalogue_type(name).map(|known| known.id);
    known
        .filter(|id| EXECUTORS.contains(id))
        .ok_or_else(|| ExecutionError::UnknownExecutor(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use pantheon_events::RepositoryId;
    use pantheon_events::agent_executions::ExecutionOptions;

    use super::super::given::{asked, history, requested};
    use super::*;

    fn command(agent_type: &str) -> RequestExecution {
        RequestExecution {
            repository_id: RepositoryId::of_key(&["octo/cat"]),
            issue_number: 7,
            agent_type: agent_type.to_owned(),
            options: ExecutionOptions::default(),
            repository: Some("octo/cat".to_owned()),
        }
    }

    #[tokio::test]
    async fn an_agent_is_named_in_any_of_its_ways() {
        for name in ["codegen", "codegen-agent", "CodeGenAgent"] {
            history(vec![])
                .when_async(asked(command(name)))
                .await
                .then_expect_events(vec![requested()]);
        }
    }

    #[tokio::test]
    async fn only_the_first_six_of_the_catalogue_work_on_issues() {
        for name in ["product-design", "nobody"] {
            history(vec![])
                .when_async(asked(command(name)))
                .await
                .then_expect_error(ExecutionError::UnknownExecutor(name.to_owned()));
        }
        for id in EXECUTORS {
            assert_eq!(executor(id), Ok(id));
        }
    }

    #[tokio::test]
    async fn an_id_is_used_once_and_a_repository_is_needed() {
        history(vec![requested()])
            .when_async(asked(command("codegen")))
            .await
            .then_expect_error(ExecutionError::AlreadyExists);
        let nowhere = RequestExecution {
            repository: None,
            ..command("codegen")
        };
        history(vec![])
            .when_async(asked(nowhere))
            .await
            .then_expect_error(ExecutionError::NoRepository);
    }
}
