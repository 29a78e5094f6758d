//! One rule per file.

mod cancel;
mod complete;
mod fail;
mod log;
mod progress;
mod request;
mod start;

use pantheon_events::agent_executions::{AgentExecutionEvent, ExecutionStatus, ExecutionSubject};

use super::{AgentExecution, ExecutionError};

pub(super) use cancel::cancel;
pub(super) use complete::complete;
pub(super) use fail::fail;
pub(super) use log::append_log;
pub(super) use progress::progress;
pub(super) use request::request;
pub(super) use start::start;

type Decision = Result<Vec<AgentExecutionEvent>, ExecutionError>;

/// What it is about, if it stands where it has to.
fn subject(
    execution: &AgentExecution,
    may_be: &[ExecutionStatus],
    wanted: &'static str,
) -> Result<ExecutionSubject, ExecutionError> {
    match &execution.subject {
        Some(subject) if may_be.contains(&execution.status) => Ok(subject.clone()),
        Some(_) => Err(ExecutionError::InvalidTransition {
            is: execution.status.as_str(),
            wanted,
        }),
        None => Err(ExecutionError::NoRepository),
    }
}

#[cfg(test)]
pub(super) mod given {
    //! What the rules' tests start from.

    use std::sync::Arc;

    use chrono::{DateTime, TimeDelta, Utc};
    use cqrs_es::test::{AggregateTestExecutor, TestFramework};
    use pantheon_events::agent_executions::{
        AgentExecutionCancelled, AgentExecutionCommand, AgentExecutionCompleted,
        AgentExecutionEvent, AgentExecutionFailed, AgentExecutionRequested, AgentExecutionStarted,
        ExecutionOptions, ExecutionSubject,
    };
    use pantheon_events::{Actor, CommandContext, CommandId, RepositoryId, TaskId, TenantId};

    use super::super::AgentExecution;
    use crate::domain::Asked;

    pub fn now() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(1)
    }

    pub fn command_id() -> CommandId {
        CommandId::of_key(&["execution"])
    }

    pub fn asked(command: impl Into<AgentExecutionCommand>) -> Asked<AgentExecutionCommand> {
        let tenant = TenantId::default_organization();
        Asked {
            command: command.into(),
            id: Arc::from("0198c7a0-0000-7000-8000-0000000000aa"),
            by: Arc::new(CommandContext::new(
                tenant,
                Actor::human("ops"),
                Some(command_id()),
            )),
            at: now(),
        }
    }

    pub fn history(events: Vec<AgentExecutionEvent>) -> AggregateTestExecutor<AgentExecution> {
        TestFramework::<AgentExecution>::with(()).given(events)
    }

    pub fn subject() -> ExecutionSubject {
        ExecutionSubject {
            repository_id: RepositoryId::of_key(&["octo/cat"]),
            repository: "octo/cat".to_owned(),
            issue_number: 7,
            agent_type: "codegen".to_owned(),
        }
    }

    pub fn task_id() -> TaskId {
        TaskId::new(command_id().created("task"))
    }

    pub fn requested() -> AgentExecutionEvent {
        AgentExecutionRequested {
            subject: subject(),
            task_id: task_id(),
            options: ExecutionOptions::default(),
            requested_by: "ops".to_owned(),
        }
        .into()
    }

    pub fn started() -> AgentExecutionEvent {
        AgentExecutionStarted {
            subject: subject(),
            at: now(),
        }
        .into()
    }

    pub fn completed() -> AgentExecutionEvent {
        AgentExecutionCompleted {
            subject: subject(),
            result_summary: None,
            quality_score: None,
            pr_number: None,
            at: now(),
        }
        .into()
    }

    pub fn failed() -> AgentExecutionEvent {
        AgentExecutionFailed {
            subject: subject(),
            error: "no".to_owned(),
            at: now(),
        }
        .into()
    }

    pub fn cancelled() -> AgentExecutionEvent {
        AgentExecutionCancelled {
            subject: subject(),
            task_id: task_id(),
            at: now(),
        }
        .into()
    }
}
