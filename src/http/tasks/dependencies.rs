//! `/api/v1/tasks/{id}/dependencies`

use axum::extract::State;
use pantheon_events::tasks::{
    AddDependency, DependencyType, RemoveDependency, TaskDependencyAdded,
};
use pantheon_events::{Position, RefusalKind, Sequence, TaskId};
use pantheon_projections::{task_graph, tasks};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::representation::TaskDependency;
use crate::app::App;
use crate::http::after::{PATIENCE, reached, shown};
use crate::http::openapi::named;
use crate::http::{Answer, ApiJson, ApiPath, Caller, CommandHeaders, Problem, ReadOptions, Stamp};
use crate::store::DispatchError;

/// A new dependency.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDependency {
    /// The task to wait for.
    #[schema(value_type = Uuid)]
    depends_on_task_id: TaskId,
    /// `finish_to_start` (default), `start_to_start` or `finish_to_finish`.
    #[serde(default)]
    #[schema(schema_with = named::<DependencyType>)]
    dependency_type: DependencyType,
}

/// What a task waits for.
#[utoipa::path(
    get, path = "/api/v1/tasks/{id}/dependencies", tag = "tasks",
    params(("id" = Uuid, Path, description = "the task")),
    responses((status = 200, description = "oldest first", body = Vec<TaskDependency>)),
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(task): ApiPath<TaskId>,
) -> Result<Answer, Problem> {
    let known = read.stand(&app.reads, tasks::NAME, caller.tenant).await?;
    let edges = read.stand(&app.reads, task_graph::NAME, caller.tenant);
    let position = edges.await?.and(known);
    if tasks::one(&app.reads, caller.tenant, task).await?.is_none() {
        return Err(Problem::not_found());
    }
    let rows = task_graph::dependencies(&app.reads, caller.tenant, task).await?;
    let items: Vec<TaskDependency> = rows.into_iter().map(TaskDependency::from).collect();
    Answer::array(&read, position, &items, None)
}

/// Makes a pending task wait for another.
#[utoipa::path(
    post, path = "/api/v1/tasks/{id}/dependencies", tag = "tasks", request_body = NewDependency,
    params(("id" = Uuid, Path, description = "the task that is to wait")),
    responses((status = 201, description = "the dependency", body = TaskDependency)),
)]
pub async fn add(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(task): ApiPath<TaskId>,
    ApiJson(new): ApiJson<NewDependency>,
) -> Result<Answer, Problem> {
    let by = headers.context(&caller);
    let on = new.depends_on_task_id;
    let id = TaskDependencyAdded::id_for(by.command_id, task, on);
    let command = AddDependency {
        task_id: task,
        depends_on_task_id: on,
        dependency_type: new.dependency_type,
    };
    let graph = caller.tenant.to_string();
    let receipt = app
        .commands
        .task_graphs
        .dispatch(&graph, command, by)
        .await?;
    let row = task_graph::dependency(&app.reads, caller.tenant, id);
    let shown = shown(&app, task_graph::NAME, &receipt, row).await;
    let location = format!("/api/v1/tasks/{task}/dependencies/{id}");
    let shown = shown.map(TaskDependency::from);
    shown.created(&receipt, &location, id)
}

/// Makes a task wait no more; again is fine.
#[utoipa::path(
    delete, path = "/api/v1/tasks/{id}/dependencies/{dependency_id}", tag = "tasks",
    params(
        ("id" = Uuid, Path, description = "the task that waits"),
        ("dependency_id" = Uuid, Path, description = "the dependency, or the task it is on"),
    ),
    responses((status = 200, description = "`{message}`", body = Object)),
)]
pub async fn remove(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath((task, dependency)): ApiPath<(TaskId, Uuid)>,
) -> Result<Answer, Problem> {
    let by = headers.context(&caller);
    let command_id = by.command_id;
    let command = RemoveDependency {
        task_id: task,
        dependency,
    };
    let graph = caller.tenant.to_string();
    let stamp = match app.commands.task_graphs.dispatch(&graph, command, by).await {
        Ok(receipt) => {
            reached(&app, task_graph::NAME, &receipt).await;
            Stamp::from(receipt)
        }
        Err(DispatchError::Refused {
            refusal, replayed, ..
        }) if refusal.kind == RefusalKind::NotFound => {
            let (position, sequence) = removed_before(&app, &caller, task, dependency).await?;
            Stamp {
                position,
                sequence,
                command_id,
                replayed,
            }
        }
        Err(error) => return Err(error.into()),
    };
    Answer::done(stamp, json!({ "message": "Dependency removed" }))
}

/// A dependency that was removed before is removed; one of a task that has ended stays.
async fn removed_before(
    app: &App,
    caller: &Caller,
    task: TaskId,
    dependency: Uuid,
) -> Result<(Position, Sequence), Problem> {
    let head = app.log.database_head().await?;
    app.reads.wait_for(task_graph::NAME, head, PATIENCE).await?;
    match task_graph::removed(&app.reads, caller.tenant, task, dependency).await? {
        Some(row) if row.removed => Ok((Position::new(row.position), Sequence::new(row.sequence))),
        Some(_) => Err(Problem::rule(
            "invalid_transition",
            "The task has ended; what it waited for is history now.",
        )),
        None => Err(Problem::not_found()),
    }
}
