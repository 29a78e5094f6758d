//! Process `execution_flow`: an execution is carried out by a task, and what happens to the task
//! happens to the execution.
//!
//! Shape: an execution that is asked for becomes a task; the task's start, progress and end become
//! the execution's. Giving either up gives up both.
//! Ordering: events in log order, so that a task's start is carried before its end.
//! Delivery: at least once, from several nodes as well; command ids are derived from the event.
//! On failure: the event is tried again. What no longer applies is left.

use async_trait::async_trait;
use pantheon_events::agent_executions::{
    AgentExecutionCommand, AgentExecutionEvent, AgentExecutionRequested, CancelExecution,
    CompleteExecution, FailExecution, ReportExecutionProgress, StartExecution,
};
use pantheon_events::tasks::{CancelTask, CreateTask, Object, Priority, TaskEvent};
use pantheon_events::{
    Actor, AgentExecutionId, CommandContext, DomainCommand, RecordedEvent, Sequence, TaskId,
    TenantId,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::read;
use crate::app::App;
use crate::processes::{Process, ProcessError, settle};

const NAME: &str = "execution_flow";
/// Tasks of which it is remembered whether they carry an execution.
const REMEMBERED: u64 = 50_000;
/// Longest error that an execution keeps.
const LONGEST: usize = 16_384;

/// Carries executions.
pub(super) struct ExecutionFlow {
    app: App,
    /// Which execution a task carries.
    carried: moka::sync::Cache<String, Option<AgentExecutionId>>,
}

#[async_trait]
impl Process for ExecutionFlow {
    fn name(&self) -> &'static str {
        NAME
    }

    fn wants(&self, event: &RecordedEvent) -> bool {
        matches!(
            event.event_type.as_str(),
            "agent_execution_requested"
                | "agent_execution_cancelled"
                | "task_started"
                | "task_progressed"
                | "task_completed"
                | "task_failed"
                | "task_cancelled"
                | "task_deleted"
        )
    }

    async fn react(&self, event: &RecordedEvent) -> Result<(), ProcessError> {
        if event.aggregate_type == "task" {
            return self.carry(event).await;
        }
        match read::<AgentExecutionEvent>(event)? {
            AgentExecutionEvent::AgentExecutionRequested(asked) => self.make(event, asked).await,
            AgentExecutionEvent::AgentExecutionCancelled(gone) => {
                self.give_up(event, gone.task_id).await
            }
            _ => Ok(()),
        }
    }
}

impl ExecutionFlow {
    pub(super) fn new(app: App) -> Self {
        Self {
            app,
            carried: moka::sync::Cache::new(REMEMBERED),
        }
    }

    /// Makes the execution's task, in the name of whoever asked.
    async fn make(
        &self,
        event: &RecordedEvent,
        asked: AgentExecutionRequested,
    ) -> Result<(), ProcessError> {
        let by = CommandContext {
            actor: Actor {
                on_behalf_of: Some(asked.requested_by.clone()),
                ..Actor::policy(NAME)
            },
            ..CommandContext::caused_by(event, NAME, "create_task")
        };
        let command = task(event, &asked)?;
        let tasks = &self.app.commands.tasks;
        settle(
            tasks
                .dispatch(&asked.task_id.to_string(), command, by)
                .await,
        )
    }

    async fn give_up(&self, event: &RecordedEvent, task: TaskId) -> Result<(), ProcessError> {
        let command = CancelTask {
            reason: Some("The execution was cancelled.".to_owned()),
        };
        let by = CommandContext::caused_by(event, NAME, "cancel_task");
        let tasks = &self.app.commands.tasks;
        settle(tasks.dispatch(&task.to_string(), command, by).await)
    }

    /// Carries what happened to a task to its execution.
    async fn carry(&self, event: &RecordedEvent) -> Result<(), ProcessError> {
        let Some(execution) = self.carried_by(event).await? else {
            return Ok(());
        };
        let Some(command) = follows(read(event)?) else {
            return Ok(());
        };
        let by = CommandContext::caused_by(event, NAME, command.spec().name);
        let executions = &self.app.commands.agent_executions;
        settle(
            executions
                .dispatch(&execution.to_string(), command, by)
                .await,
        )
    }

    /// The execution that the event's task carries. A task that only says so carries none.
    async fn carried_by(
        &self,
        event: &RecordedEvent,
    ) -> Result<Option<AgentExecutionId>, ProcessError> {
        let task = &event.aggregate_id;
        if let Some(known) = self.carried.get(task) {
            return Ok(known);
        }
        let found = match self.named_by(task).await? {
            Some(named) => self.is_of(named, task, event.metadata.tenant).await?,
            None => None,
        };
        self.carried.insert(task.clone(), found);
        Ok(found)
    }

    /// The execution that a task's first event names.
    async fn named_by(&self, task: &str) -> Result<Option<AgentExecutionId>, ProcessError> {
        let first = self.app.log.stream("task", task, Sequence::ZERO, 1).await;
        let first = first.map_err(|error| ProcessError::Retry(error.to_string()))?;
        let Some(first) = first.first() else {
            return Ok(None);
        };
        Ok(match read::<TaskEvent>(first)? {
            TaskEvent::TaskCreated(made) => made.execution_id.map(AgentExecutionId::new),
            _ => None,
        })
    }

    async fn is_of(
        &self,
        execution: AgentExecutionId,
        task: &str,
        tenant: TenantId,
    ) -> Result<Option<AgentExecutionId>, ProcessError> {
        let executions = &self.app.commands.agent_executions;
        let found = executions.load(&execution.to_string()).await;
        let found = found.map_err(|error| ProcessError::Retry(error.to_string()))?;
        let own = found.aggregate.task_id.map(|own| own.to_string());
        let is_own = found.tenant == Some(tenant) && own.as_deref() == Some(task);
        Ok(is_own.then_some(execution))
    }
}

/// The task that carries an execution.
fn task(
    event: &RecordedEvent,
    asked: &AgentExecutionRequested,
) -> Result<CreateTask, ProcessError> {
    let execution: Uuid = event
        .aggregate_id
        .parse()
        .map_err(|_| ProcessError::Halt(format!("{} is no id", event.aggregate_id)))?;
    let about = &asked.subject;
    let mut metadata = Object::new();
    metadata.insert("options".to_owned(), json!(asked.options));
    let name = format!(
        "{} on {}#{}",
        about.agent_type, about.repository, about.issue_number
    );
    Ok(CreateTask {
        name,
        description: None,
        priority: Priority::default(),
        agent_type: Some(about.agent_type.clone()),
        required_capability: None,
        task_type: None,
        repository_id: Some(about.repository_id.as_uuid()),
        issue_number: Some(about.issue_number),
        execution_id: Some(execution),
        plan_id: None,
        estimated_minutes: None,
        max_retries: None,
        timeout_seconds: None,
        depends_on: Vec::new(),
        metadata: Some(metadata),
    })
}

/// What an event of the task means for the execution.
fn follows(happened: TaskEvent) -> Option<AgentExecutionCommand> {
    Some(match happened {
        TaskEvent::TaskStarted(_) => StartExecution {}.into(),
        TaskEvent::TaskProgressed(progressed) => ReportExecutionProgress {
            progress: progressed.progress,
            message: progressed.message,
        }
        .into(),
        TaskEvent::TaskCompleted(done) => completed(done.result).into(),
        TaskEvent::TaskFailed(failed) if !failed.will_retry => FailExecution {
            error: shortened(failed.error),
        }
        .into(),
        TaskEvent::TaskCancelled(_) | TaskEvent::TaskDeleted(_) => CancelExecution {}.into(),
        _ => return None,
    })
}

/// A score and a number that are none are left out: the work is done all the same.
fn completed(result: Option<Object>) -> CompleteExecution {
    let said = |name: &str| result.as_ref().and_then(|result| result.get(name));
    let score = said("quality_score").and_then(Value::as_f64);
    let pull = said("pr_number").and_then(Value::as_i64);
    CompleteExecution {
        quality_score: score.filter(|score| (0.0..=100.0).contains(score)),
        pr_number: pull.filter(|number| *number >= 1),
        result_summary: result,
    }
}

fn shortened(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(LONGEST));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(value: Value) -> Option<Object> {
        value.as_object().cloned()
    }

    #[test]
    fn a_result_s_score_and_pull_request_are_taken_when_they_can_be() {
        let good = completed(result(json!({ "quality_score": 92.5, "pr_number": 7 })));
        assert_eq!((good.quality_score, good.pr_number), (Some(92.5), Some(7)));
        for bad in [
            json!({ "quality_score": 101, "pr_number": 0 }),
            json!({ "quality_score": "good", "pr_number": "7" }),
            json!({}),
        ] {
            let none = completed(result(bad.clone()));
            assert_eq!((none.quality_score, none.pr_number), (None, None));
            assert_eq!(none.result_summary, result(bad));
        }
    }

    #[test]
    fn an_error_is_cut_between_two_characters() {
        assert_eq!(shortened("é".repeat(10_000)).len(), LONGEST);
        assert_eq!(shortened("no".to_owned()), "no");
    }
}
