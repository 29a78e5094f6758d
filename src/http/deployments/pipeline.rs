//! `GET /api/v1/deployments/pipeline`.

use axum::extract::State;
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use pantheon_events::tasks::TaskEvent;
use pantheon_events::{DomainEvent, RecordedEvent, Sequence};
use pantheon_projections::task_graph;
use pantheon_projections::tasks::{self, StagedTask, staged};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::http::cursor::Limit;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

/// Lines of a task's log that are shown.
const LINES: usize = 50;
/// Events of a task read at a time.
const BATCH: usize = 1_000;
/// Tasks whose logs are read at a time.
const AT_ONCE: usize = 4;

/// Which tasks.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Limit,
    cursor: Option<String>,
}

/// A task that is one step of the way to production.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentTask {
    id: Uuid,
    /// `metadata.day`.
    day: Option<i64>,
    issue_number: Option<i64>,
    title: String,
    /// `metadata.stage`.
    stage: String,
    /// `pending`, `in_progress`, `completed`, `failed` or `blocked`.
    status: &'static str,
    /// 0 to 100.
    progress: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<DateTime<Utc>>,
    /// Seconds from the start to the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<i64>,
    /// `metadata.owner`, else who holds it, else who made it.
    owner: String,
    /// `metadata.resources`.
    resources: Vec<String>,
    /// What its holders said, the last 50 lines.
    logs: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
}

impl DeploymentTask {
    fn of(row: StagedTask, logs: Vec<String>) -> Self {
        let said = |name: &str| row.metadata[name].as_str().map(str::to_owned);
        let resources = row.metadata["resources"].as_array().into_iter().flatten();
        let resources = resources.filter_map(Value::as_str).map(str::to_owned);
        let ended = row.ended_at.filter(|_| row.started_at.is_some());
        Self {
            id: row.id,
            day: row.metadata["day"].as_i64(),
            issue_number: row.issue_number,
            stage: said("stage").unwrap_or_default(),
            status: status(&row),
            progress: row.progress,
            start_time: row.started_at,
            end_time: row.ended_at,
            duration: ended
                .zip(row.started_at)
                .map(|(end, start)| (end - start).num_seconds().max(0)),
            owner: said("owner")
                .or(row.assigned_to)
                .unwrap_or_else(|| row.user_id.to_string()),
            resources: resources.collect(),
            logs,
            title: row.name,
            error_message: row.error_message,
        }
    }
}

fn status(row: &StagedTask) -> &'static str {
    match row.status.as_str() {
        "pending" if row.held_back => "blocked",
        "pending" => "pending",
        "running" => "in_progress",
        "completed" => "completed",
        _ => "failed",
    }
}

/// The tasks that lead to production, in the order they were made, as a bare array.
#[utoipa::path(get, path = "/api/v1/deployments/pipeline", tag = "deployments", params(Wanted),
    responses((status = 200, description = "The pipeline's tasks", body = Vec<DeploymentTask>)))]
pub async fn pipeline(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let stand = read.stand(&app.reads, tasks::NAME, caller.tenant).await?;
    let graph = read
        .stand(&app.reads, task_graph::NAME, caller.tenant)
        .await?;
    let stand = stand.and(graph);
    if let Some(unchanged) = read.not_modified(stand) {
        return Ok(unchanged);
    }
    let (after, limit) = (wanted.cursor.as_deref(), wanted.limit.get());
    let (rows, next) = staged(&app.reads, caller.tenant, after, limit).await?;
    let items = stream::iter(rows).map(|row| async {
        let logs = lines(&app, row.id).await?;
        Ok::<_, Problem>(DeploymentTask::of(row, logs))
    });
    let items: Vec<_> = items.buffered(AT_ONCE).try_collect().await?;
    Answer::array(&read, stand, &items, next.as_deref())
}

/// What was said of a task while it was done, read from its stream.
async fn lines(app: &App, task: Uuid) -> Result<Vec<String>, Problem> {
    let (stream, mut after) = (task.to_string(), Sequence::ZERO);
    let mut lines = Vec::new();
    loop {
        let events = app.log.stream("task", &stream, after, BATCH).await?;
        let Some(last) = events.last() else { break };
        after = last.sequence;
        lines.extend(events.iter().filter_map(|event| line(event)));
        lines.drain(..lines.len().saturating_sub(LINES));
        if events.len() < BATCH {
            break;
        }
    }
    Ok(lines)
}

/// `<time> <LEVEL> <message>`, as in the logs of agents.
fn line(event: &RecordedEvent) -> Option<String> {
    let data = event.payload.get();
    let (level, message) = match TaskEvent::decode(&event.event_type, &event.event_version, data) {
        Ok(TaskEvent::TaskProgressed(said)) => ("INFO", said.message?),
        Ok(TaskEvent::TaskFailed(failed)) => ("ERROR", failed.error),
        _ => return None,
    };
    let at = event
        .recorded_at
        .to_rfc3339_opts(SecondsFormat::Millis, true);
    Some(format!("{at} {level} {message}"))
}
