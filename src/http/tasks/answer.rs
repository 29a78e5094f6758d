//! The answer to a task's command: the task as the read model has it after the command.

use pantheon_events::TaskId;
use pantheon_events::tasks::TaskCommand;
use pantheon_projections::tasks;

use super::representation::OneTask;
use crate::app::App;
use crate::http::after::{Shown, shown};
use crate::http::{Answer, Caller, CommandHeaders, Problem};
use crate::store::Receipt;

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
    after(app, caller, task, &receipt)
        .await
        .done(&receipt, task)
}

/// The task as the read model shows it after a command.
pub(super) async fn after(
    app: &App,
    caller: &Caller,
    task: TaskId,
    receipt: &Receipt,
) -> Shown<OneTask> {
    let row = tasks::one(&app.reads, caller.tenant, task);
    let shown = shown(app, tasks::NAME, receipt, row).await;
    shown.map(|row| OneTask::numbered(row, receipt.sequence))
}
