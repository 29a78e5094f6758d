//! A holder that goes offline, is stopped or is revoked loses its tasks: failed attempts.
//!
//! Shape: the event of the agent is answered by failing each attempt that the agent holds.
//! Ordering: the read model has to reach the event first, so that no task is overlooked.
//! Delivery: at least once; ids are derived from the event and the task, commands name the attempt.
//! On failure: the event is tried again.

use std::time::Duration;

use async_trait::async_trait;
use pantheon_events::agents::{AgentEvent, AgentStatus};
use pantheon_events::tasks::FailTask;
use pantheon_events::{AgentId, CommandContext, DomainEvent, RecordedEvent};
use pantheon_projections::Reads;
use pantheon_projections::tasks;

use super::{Process, ProcessError, settle};
use crate::domain::tasks::Task;
use crate::store::Dispatcher;

const NAME: &str = "task_release";
const PATIENCE: Duration = Duration::from_secs(5);

/// Takes the tasks of lost holders back.
pub struct TaskRelease {
    /// Where an agent's tasks are found.
    pub reads: Reads,
    /// Where their attempts are failed.
    pub tasks: Dispatcher<Task>,
}

#[async_trait]
impl Process for TaskRelease {
    fn name(&self) -> &'static str {
        NAME
    }

    fn wants(&self, event: &RecordedEvent) -> bool {
        event.aggregate_type == "agent"
            && matches!(
                event.event_type.as_str(),
                "agent_status_changed" | "agent_stop_requested" | "agent_revoked"
            )
    }

    async fn react(&self, event: &RecordedEvent) -> Result<(), ProcessError> {
        let (Some(reason), Ok(agent)) = (why(event)?, event.aggregate_id.parse::<AgentId>()) else {
            return Ok(());
        };
        self.reads
            .wait_for(tasks::NAME, event.position, PATIENCE)
            .await
            .map_err(retry)?;
        let held = tasks::held_by(&self.reads, event.metadata.tenant, &agent, event.position)
            .await
            .map_err(retry)?;
        for task in held {
            let id = task.id.to_string();
            let by = CommandContext::caused_by(event, NAME, &id);
            let command = FailTask {
                error: Some(reason.to_owned()),
                retryable: Some(true),
                attempt: Some(task.attempt),
            };
            settle(self.tasks.dispatch(&id, command, by).await)?;
        }
        Ok(())
    }
}

/// Why the agent's tasks are taken back, if they are.
fn why(event: &RecordedEvent) -> Result<Option<&'static str>, ProcessError> {
    let fact = AgentEvent::decode(&event.event_type, &event.event_version, event.payload.get())
        .map_err(|error| ProcessError::Halt(error.to_string()))?;
    Ok(match fact {
        AgentEvent::AgentStatusChanged(fact) if fact.new_status == AgentStatus::Offline => {
            Some("The holder went offline.")
        }
        AgentEvent::AgentStopRequested(_) => Some("The holder was stopped."),
        AgentEvent::AgentRevoked(_) => Some("The holder was revoked."),
        _ => None,
    })
}

fn retry(error: pantheon_projections::QueryError) -> ProcessError {
    ProcessError::Retry(error.to_string())
}
