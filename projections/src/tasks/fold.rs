//! What an event makes of a task's row. The same fold serves the table and a look into the past.

use pantheon_events::tasks::{
    TaskCreated, TaskEvent, TaskFailed, TaskStarted, TaskStatus, TaskUpdated,
};
use pantheon_events::{RecordedEvent, UserId};
use serde_json::Value;
use uuid::Uuid;

use super::TaskRow;
use crate::engine::{Fault, decode, id};

/// The row after an event; none after a deletion.
///
/// # Errors
/// The event cannot be read, or its task was never made.
pub fn fold(row: Option<TaskRow>, event: &RecordedEvent) -> Result<Option<TaskRow>, Fault> {
    let fact: TaskEvent = decode(event)?;
    let row = match (fact, row) {
        (TaskEvent::TaskDeleted(_), _) => return Ok(None),
        (TaskEvent::TaskCreated(fact), _) => created(fact, event)?,
        (fact, Some(row)) => changed(row, fact, event),
        (_, None) => {
            return Err(Fault::new(format!(
                "task {} was never made",
                event.aggregate_id
            )));
        }
    };
    Ok(Some(TaskRow {
        updated_at: event.recorded_at,
        ..row
    }))
}

/// The UUID of who made a task: a user's own, or one derived from another actor's name.
#[must_use]
pub fn creator(name: &str) -> Uuid {
    name.parse()
        .unwrap_or_else(|_| UserId::of_key(&["actor", name]).as_uuid())
}

fn created(fact: TaskCreated, event: &RecordedEvent) -> Result<TaskRow, Fault> {
    Ok(TaskRow {
        id: id(event)?,
        tenant: event.metadata.tenant.as_uuid(),
        user_id: creator(&fact.created_by),
        name: fact.name,
        description: fact.description,
        status: TaskStatus::Pending.as_str().to_owned(),
        priority: fact.priority.as_str().to_owned(),
        agent_type: fact.agent_type,
        required_capability: fact.required_capability,
        assigned_to: None,
        task_type: fact.task_type.map(|kind| kind.as_str().to_owned()),
        repository_id: fact.repository_id,
        execution_id: fact.execution_id,
        plan_id: fact.plan_id,
        issue_number: fact.issue_number,
        estimated_minutes: fact.estimated_minutes,
        progress: 0,
        retry_count: 0,
        max_retries: fact.max_retries,
        timeout_seconds: fact.timeout_seconds,
        metadata: Value::Object(fact.metadata),
        result: None,
        error_message: None,
        started_at: None,
        completed_at: None,
        failed_at: None,
        cancelled_at: None,
        created_at: event.recorded_at,
        updated_at: event.recorded_at,
        attempt: 0,
        attempt_event: None,
        attempt_position: None,
        deadline: None,
        ready_at: None,
    })
}

fn changed(mut row: TaskRow, fact: TaskEvent, event: &RecordedEvent) -> TaskRow {
    match fact {
        TaskEvent::TaskUpdated(fact) => updated(&mut row, fact),
        TaskEvent::TaskAssigned(fact) => row.assigned_to = Some(fact.assigned_to.to_string()),
        TaskEvent::TaskUnassigned(_) => row.assigned_to = None,
        TaskEvent::TaskStarted(fact) => started(&mut row, fact, event),
        TaskEvent::TaskProgressed(fact) => row.progress = fact.progress,
        TaskEvent::TaskCompleted(fact) => {
            ended(&mut row, TaskStatus::Completed);
            row.result = fact.result.map(Value::Object);
            row.progress = 100;
            row.completed_at = Some(fact.completed_at);
        }
        TaskEvent::TaskFailed(fact) => failed(&mut row, fact),
        TaskEvent::TaskRetried(fact) => {
            back_to_pending(&mut row);
            row.retry_count = fact.retry_count;
        }
        TaskEvent::TaskCancelled(fact) => {
            ended(&mut row, TaskStatus::Cancelled);
            row.cancelled_at = Some(fact.cancelled_at);
        }
        TaskEvent::TaskCreated(_) | TaskEvent::TaskDeleted(_) => {}
    }
    row
}

fn updated(row: &mut TaskRow, fact: TaskUpdated) {
    set(&mut row.name, fact.name);
    set(
        &mut row.priority,
        fact.priority.map(|new| new.as_str().to_owned()),
    );
    set(&mut row.metadata, fact.metadata.map(Value::Object));
    set(&mut row.max_retries, fact.max_retries);
    set(&mut row.timeout_seconds, fact.timeout_seconds);
    set(&mut row.description, fact.description);
    set(&mut row.estimated_minutes, fact.estimated_minutes);
}

fn started(row: &mut TaskRow, fact: TaskStarted, event: &RecordedEvent) {
    row.status = TaskStatus::Running.as_str().to_owned();
    row.assigned_to = fact.assigned_to.map(|holder| holder.to_string());
    row.started_at = Some(fact.started_at);
    row.attempt = fact.attempt;
    row.attempt_event = Some(event.event_id.as_uuid());
    row.attempt_position = Some(event.position.get());
    row.deadline = Some(fact.deadline);
    row.ready_at = None;
    row.progress = 0;
    row.error_message = None;
}

fn failed(row: &mut TaskRow, fact: TaskFailed) {
    ended(row, TaskStatus::Failed);
    row.failed_at = Some(fact.failed_at);
    if fact.will_retry {
        back_to_pending(row);
        row.ready_at = fact.ready_at;
    }
    row.retry_count = fact.retry_count;
    row.error_message = Some(fact.error);
}

fn ended(row: &mut TaskRow, status: TaskStatus) {
    row.status = status.as_str().to_owned();
    row.deadline = None;
    row.ready_at = None;
}

fn back_to_pending(row: &mut TaskRow) {
    ended(row, TaskStatus::Pending);
    row.assigned_to = None;
    row.started_at = None;
    row.failed_at = None;
    row.progress = 0;
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}
