//! The answer to a task's command: the task as the read model has it after the command.

use std::time::Duration;

use axum::http::StatusCode;
use pantheon_events::tasks::TaskCommand;
use pantheon_events::{Position, TaskId};
use pantheon_projections::QueryError;
use pantheon_projections::tasks::{self, TaskRow};
use serde_json::json;

use super::representation::OneTask;
use crate::app::App;
use crate::http::{Answer, Caller, CommandHeaders, Problem};
use crate::store::Receipt;

/// How long a command's answer waits for the read model.
pub(super) const WAIT: Duration = Duration::from_secs(2);

/// Sends a command to an existing task and answers with the task.
pub(super) async fn command(
    app: &App,
    caller: &Caller,
    headers: &CommandHeaders,
    task: TaskId,
    command: impl Into<TaskCommand>,
) -> Result<Answer, Problem> {
    let by = headers.context(caller);
    let receipt = app
        .commands
        .tasks
        .dispatch(&task.to_string(), command, by)
        .await?;
    respond(app, caller, task, &receipt, StatusCode::OK).await
}

/// The task after a command; `202` when the read model is late.
pub(super) async fn respond(
    app: &App,
    caller: &Caller,
    task: TaskId,
    receipt: &Receipt,
    status: StatusCode,
) -> Result<Answer, Problem> {
    match shown(app, caller, task, receipt.position).await? {
        Some(row) if status == StatusCode::CREATED => Answer::created(
            receipt,
            &format!("/api/v1/tasks/{task}"),
            OneTask::from(row),
        ),
        Some(row) => Answer::done(receipt, OneTask::from(row)),
        None => Answer::accepted(receipt, json!({ "id": task })),
    }
}

/// Waits for a read model to show what a command did; one that is late shows it soon.
pub(super) async fn settled(
    app: &App,
    projection: &'static str,
    position: Position,
) -> Result<(), Problem> {
    match app.reads.wait_for(projection, position, WAIT).await {
        Ok(_) | Err(QueryError::Behind { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn shown(
    app: &App,
    caller: &Caller,
    task: TaskId,
    position: Position,
) -> Result<Option<TaskRow>, Problem> {
    match app.reads.wait_for(tasks::NAME, position, WAIT).await {
        Ok(_) => Ok(tasks::one(&app.reads, caller.tenant, task).await?),
        Err(QueryError::Behind { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
