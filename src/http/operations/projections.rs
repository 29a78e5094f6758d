//! `/api/v1/projections`: looking after the read models.

use std::future::Future;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use pantheon_events::Position;
use pantheon_projections::engine::{ControlError, RebuildError, RebuildReport};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::app::App;
use crate::http::moment::reach;
use crate::http::{Answer, ApiJsonOrEmpty, ApiPath, Problem, ReadOptions};
use crate::lifecycle::Phase;

/// How long a request waits for a rebuild; it goes on without the caller.
const PATIENCE: Duration = Duration::from_secs(20);

/// Every read model and how far it is.
#[utoipa::path(get, path = "/api/v1/projections", tag = "operations",
    responses((status = 200, description = "`{items, next_cursor, position}`", body = Object)))]
pub async fn list(State(app): State<App>, read: ReadOptions) -> Result<Answer, Problem> {
    let head = reach(&app.log, &read).await?;
    let all = app.projections.list().await.map_err(refused)?;
    let items: Vec<Value> = all
        .into_iter()
        .map(|status| {
            let lag = (head.get() - status.position.get()).max(0);
            let mut item = json!(status);
            item["head"] = json!(head);
            item["lag"] = json!(lag);
            item
        })
        .collect();
    let page = json!({ "items": items, "next_cursor": null, "position": head });
    Answer::looked(head, page)
}

/// One read model with its parked streams and last rebuilds.
#[utoipa::path(get, path = "/api/v1/projections/{name}", tag = "operations",
    params(("name" = String, Path)),
    responses((status = 200, description = "The read model", body = Object)))]
pub async fn one(
    State(app): State<App>,
    read: ReadOptions,
    ApiPath(name): ApiPath<String>,
) -> Result<Answer, Problem> {
    let head = reach(&app.log, &read).await?;
    let parked = app.projections.parked(&name).await.map_err(refused)?;
    let rebuilds = app.projections.rebuilds(&name).await.map_err(refused)?;
    let all = app.projections.list().await.map_err(refused)?;
    let status = all.into_iter().find(|status| status.name == name);
    let mut body = json!(status);
    if !body.is_object() {
        return Err(Problem::not_found());
    }
    body["parked_streams"] = json!(parked);
    body["rebuilds"] = json!(rebuilds);
    Answer::looked(head, body)
}

/// How to rebuild.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rebuild {
    /// Put the model from before the last rebuild back instead.
    #[serde(default)]
    rollback: bool,
}

/// Builds a read model anew beside the live one, compares, swaps.
#[utoipa::path(post, path = "/api/v1/projections/{name}/rebuild", tag = "operations",
    params(("name" = String, Path)), request_body = Rebuild,
    responses(
        (status = 200, description = "The report", body = Object),
        (status = 202, description = "It goes on: see the projection's `rebuilds`", body = Object),
    ))]
pub async fn rebuild(
    State(app): State<App>,
    ApiPath(name): ApiPath<String>,
    ApiJsonOrEmpty(how): ApiJsonOrEmpty<Rebuild>,
) -> Result<Answer, Problem> {
    if how.rollback {
        app.projections.roll_back(&name).await.map_err(refused)?;
        return Answer::plain(json!({ "name": name, "rolled_back": true }));
    }
    let (control, stop) = (
        app.projections.clone(),
        app.lifecycle.stop(Phase::Followers),
    );
    let named = name.clone();
    long(&app, &name, async move {
        control.rebuild(&named, stop).await.map(compared)
    })
    .await
}

/// Builds a read model anew and compares it with the live one, which stays.
#[utoipa::path(post, path = "/api/v1/projections/{name}/verify", tag = "operations",
    params(("name" = String, Path)),
    responses(
        (status = 200, description = "The report", body = Object),
        (status = 202, description = "It goes on: see the projection's `rebuilds`", body = Object),
    ))]
pub async fn verify(
    State(app): State<App>,
    ApiPath(name): ApiPath<String>,
) -> Result<Answer, Problem> {
    let (control, stop) = (
        app.projections.clone(),
        app.lifecycle.stop(Phase::Followers),
    );
    let named = name.clone();
    long(&app, &name, async move {
        control.verify(&named, stop).await.map(compared)
    })
    .await
}

/// How far to replay.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// The last position; the log's head when left out.
    #[schema(value_type = Option<String>, pattern = "^[0-9]{1,18}$")]
    to: Option<Position>,
}

/// Builds a read model as it was at a position in tables of its own, schema `scratch_<name>`.
#[utoipa::path(post, path = "/api/v1/projections/{name}/replay", tag = "operations",
    params(("name" = String, Path)), request_body = Replay,
    responses(
        (status = 200, description = "The report", body = Object),
        (status = 202, description = "It goes on: see the projection's `rebuilds`", body = Object),
    ))]
pub async fn replay(
    State(app): State<App>,
    ApiPath(name): ApiPath<String>,
    ApiJsonOrEmpty(how): ApiJsonOrEmpty<Replay>,
) -> Result<Answer, Problem> {
    let (control, stop) = (
        app.projections.clone(),
        app.lifecycle.stop(Phase::Followers),
    );
    let named = name.clone();
    long(&app, &name, async move {
        let report = control.replay(&named, how.to, stop).await?;
        Ok(json!(report))
    })
    .await
}

/// Stops following.
#[utoipa::path(post, path = "/api/v1/projections/{name}/pause", tag = "operations",
    params(("name" = String, Path)),
    responses((status = 200, description = "It is paused", body = Object)))]
pub async fn pause(
    State(app): State<App>,
    ApiPath(name): ApiPath<String>,
) -> Result<Answer, Problem> {
    app.projections.pause(&name).await.map_err(refused)?;
    Answer::plain(json!({ "name": name, "state": "paused" }))
}

/// Follows again.
#[utoipa::path(post, path = "/api/v1/projections/{name}/resume", tag = "operations",
    params(("name" = String, Path)),
    responses((status = 200, description = "It runs", body = Object)))]
pub async fn resume(
    State(app): State<App>,
    ApiPath(name): ApiPath<String>,
) -> Result<Answer, Problem> {
    app.projections.resume(&name).await.map_err(refused)?;
    Answer::plain(json!({ "name": name, "state": "running" }))
}

/// Tries the parked streams again.
#[utoipa::path(post, path = "/api/v1/projections/{name}/replay-parked", tag = "operations",
    params(("name" = String, Path)),
    responses((status = 200, description = "What became of each", body = Object)))]
pub async fn replay_parked(
    State(app): State<App>,
    ApiPath(name): ApiPath<String>,
) -> Result<Answer, Problem> {
    let replayed = app
        .projections
        .replay_parked(&name)
        .await
        .map_err(refused)?;
    Answer::plain(json!({ "name": name, "replayed": replayed }))
}

/// The report of a rebuild; the tables that differ stand apart once more.
fn compared(report: RebuildReport) -> Value {
    let differing: Vec<Value> = report
        .tables
        .iter()
        .filter(|table| table.only_live > 0 || table.only_rebuilt > 0)
        .map(|table| json!(table))
        .collect();
    let mut body = json!(report);
    body["differences"] = json!(differing);
    body
}

/// Runs in a task of its own; after a while the caller is told where to look instead.
async fn long<F>(app: &App, name: &str, work: F) -> Result<Answer, Problem>
where
    F: Future<Output = Result<Value, ControlError>> + Send + 'static,
{
    let task = app.lifecycle.tracker(Phase::Followers).spawn(work);
    match tokio::time::timeout(PATIENCE, task).await {
        Ok(Ok(report)) => Answer::plain(report.map_err(refused)?),
        Ok(Err(error)) => Err(Problem::internal(&error)),
        Err(_) => Answer::under_way(json!({
            "name": name,
            "state": "building",
            "see": format!("/api/v1/projections/{name}"),
        })),
    }
}

fn refused(error: ControlError) -> Problem {
    match error {
        ControlError::Unknown(_) => Problem::not_found(),
        ControlError::Log(error) | ControlError::Rebuild(RebuildError::Log(error)) => error.into(),
        ControlError::Rebuild(error @ RebuildError::BeyondHead { .. }) => {
            Problem::invalid("to", error.to_string())
        }
        ControlError::Rebuild(RebuildError::Database(cause)) | ControlError::Database(cause) => {
            tracing::warn!(%cause, "an operation on a projection failed");
            let detail = "The database did not take the operation. Try again.";
            Problem::unavailable("database_unavailable", detail, 1)
        }
        ControlError::Rebuild(RebuildError::Broken(cause)) => Problem::internal(&cause),
        ControlError::Rebuild(error) => {
            Problem::new(StatusCode::CONFLICT, "rebuild_failed", error.to_string())
        }
        ControlError::Broken(cause) => Problem::internal(&cause),
    }
}
