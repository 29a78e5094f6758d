//! Exactly one holder: what an agent may do to a task.

use pantheon_events::tasks::TaskStatus;
use pantheon_events::{ActorKind, CommandContext};

use crate::domain::tasks::{Task, TaskError};

/// The agent that asks, when an agent asks.
pub(super) fn acting_agent(by: &CommandContext) -> Option<&str> {
    (by.actor.kind == ActorKind::Agent).then_some(by.actor.id.as_str())
}

/// An agent may touch only the task it holds; people and processes may touch any.
pub(super) fn check_holder(task: &Task, by: &CommandContext) -> Result<(), TaskError> {
    match (acting_agent(by), &task.assigned_to) {
        (None, _) => Ok(()),
        (Some(agent), Some(holder)) if agent == holder.as_str() => Ok(()),
        (Some(_), holder) => Err(TaskError::NotTheHolder {
            holder: holder.clone(),
        }),
    }
}

/// Only what runs can make progress, be completed or fail.
pub(super) fn check_running(task: &Task, wanted: &'static str) -> Result<(), TaskError> {
    let hint = match task.status {
        TaskStatus::Running => return Ok(()),
        TaskStatus::Pending => "Start or claim it first.",
        TaskStatus::Failed => "Retry it first.",
        TaskStatus::Completed | TaskStatus::Cancelled => "It has ended; make a new task.",
    };
    Err(TaskError::InvalidTransition {
        from: task.status,
        wanted,
        hint,
    })
}
