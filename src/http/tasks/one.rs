//! `GET /api/v1/tasks/{id}`

use std::time::Duration;

use axum::extract::State;
use pantheon_events::TaskId;
use pantheon_projections::tasks;

use super::representation::OneTask;
use crate::app::App;
use crate::http::past::past;
use crate::http::{Answer, ApiPath, AsOf, Caller, Problem, Query, ReadOptions, ReadThen, written};

const FRESH: Duration = Duration::from_secs(1);

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
    ReadThen(read): ReadThen,
    ApiPath(task): ApiPath<TaskId>,
) -> Result<Answer, Problem> {
    if let Some(moment) = read.as_of {
        return then(&app, &caller, &read, task, moment).await;
    }
    let stand = read.stand(&app.reads, tasks::NAME, caller.tenant).await?;
    let asked = Query {
        tenant: caller.tenant,
        what: format!("task {task}"),
        fresh: FRESH,
    };
    let made = app.rendered.answer(stand, asked, || async {
        let row = tasks::one(&app.reads, caller.tenant, task).await?;
        let row = row.ok_or_else(Problem::not_found)?;
        let id = task.to_string();
        let sequence = app.log.sequence_at(("task", &id), stand.at).await?;
        written(&OneTask::numbered(row, sequence))
    });
    // A tag matches only what is there: the answer comes first, even if it is not sent.
    let found = made.await?;
    Ok(read.not_modified(stand).unwrap_or(found))
}

/// The task after the last event up to a moment.
async fn then(
    app: &App,
    caller: &Caller,
    read: &ReadOptions,
    task: TaskId,
    moment: AsOf,
) -> Result<Answer, Problem> {
    let then = past(app, read, moment, ("task", &task.to_string()), tasks::fold).await?;
    match then.filter(|then| then.row.tenant == caller.tenant.as_uuid()) {
        Some(then) => {
            let task = OneTask::numbered(then.row, then.sequence);
            Answer::found(read, then.position, task)
        }
        None => Err(Problem::not_found()),
    }
}
