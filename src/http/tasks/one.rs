//! `GET /api/v1/tasks/{id}`

use axum::extract::State;
use pantheon_events::{Position, Sequence, TaskId};
use pantheon_projections::engine::Fault;
use pantheon_projections::tasks::{self, TaskRow};

use super::representation::OneTask;
use crate::app::App;
use crate::http::moment::until;
use crate::http::{Answer, ApiPath, AsOf, Caller, Problem, ReadOptions};

const BATCH: usize = 1_000;

/// One task, as it is or as it was (`as_of`).
#[utoipa::path(
    get, path = "/api/v1/tasks/{id}", tag = "tasks",
    params(
        ("id" = Uuid, Path, description = "the task"),
        ("as_of" = Option<String>, Query, description = "a position or a time in the past"),
    ),
    responses((status = 200, description = "the task", body = OneTask)),
)]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(task): ApiPath<TaskId>,
) -> Result<Answer, Problem> {
    if let Some(moment) = read.as_of {
        return then(&app, &caller, &read, task, moment).await;
    }
    let position = app
        .reads
        .at(tasks::NAME, read.min_position, read.wait)
        .await?;
    let row = tasks::one(&app.reads, caller.tenant, task).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    Answer::found(&read, position, OneTask::from(row))
}

/// The task after the last event up to a moment.
async fn then(
    app: &App,
    caller: &Caller,
    read: &ReadOptions,
    task: TaskId,
    moment: AsOf,
) -> Result<Answer, Problem> {
    let until = until(&app.log, read, moment).await?;
    let row = folded(app, task, until).await?;
    match row.filter(|row| row.tenant == caller.tenant.as_uuid()) {
        Some(row) => Answer::found(read, until, OneTask::from(row)),
        None => Err(Problem::not_found()),
    }
}

async fn folded(app: &App, task: TaskId, until: Position) -> Result<Option<TaskRow>, Problem> {
    let (id, mut row, mut after) = (task.to_string(), None, Sequence::ZERO);
    loop {
        let events = app.log.stream("task", &id, after, BATCH).await?;
        for event in &events {
            if event.position > until {
                return Ok(row);
            }
            row = tasks::fold(row, event).map_err(|fault: Fault| Problem::internal(&fault))?;
            after = event.sequence;
        }
        if events.len() < BATCH {
            return Ok(row);
        }
    }
}
