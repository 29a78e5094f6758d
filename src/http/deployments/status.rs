//! `GET /api/v1/deployments/status` and its alias.

use axum::extract::State;
use pantheon_events::deployments::StageName;
use pantheon_projections::deployments::{DeploymentRow, NAME, newest};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use super::view::stages;
use super::{features, is_on};
use crate::app::App;
use crate::domain::deployments::environment_id;
use crate::http::{Answer, ApiQuery, Caller, Problem, ReadOptions};

/// Which environment.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// `production` when left out.
    environment: Option<String>,
}

/// How far an environment's newest deployment is.
#[utoipa::path(get, path = "/api/v1/deployments/status", tag = "deployments", params(Wanted),
    responses((status = 200, description = "The pipeline", body = Object)))]
pub async fn status(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiQuery(wanted): ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    let environment = wanted
        .environment
        .unwrap_or_else(|| "production".to_owned());
    let position = read.stand(&app.reads, NAME, caller.tenant).await?;
    let stream = environment_id(caller.tenant, &environment);
    let position = position.and(features(&app, &caller, &read).await?);
    let last = match is_on(&app, &caller).await? {
        true => newest(&app.reads, stream).await?,
        false => None,
    };
    let stages = last.as_ref().map_or_else(idle, stages);
    let current = stages.iter().find(|stage| stage["status"] == "in_progress");
    let current = current
        .and_then(|stage| stage["name"].as_str())
        .unwrap_or("idle");
    let body = json!({
        "pipeline_name": format!("pantheon-{environment}"),
        "current_stage": current,
        "stages": stages,
        "last_deployment": last.as_ref().map(summary),
    });
    Answer::found(&read, position, body)
}

/// The same under the name that older clients use.
#[utoipa::path(get, path = "/api/v1/infrastructure/deployment", tag = "deployments",
    params(Wanted), responses((status = 200, description = "As /deployments/status", body = Object)))]
pub async fn alias(
    app: State<App>,
    caller: Caller,
    read: ReadOptions,
    wanted: ApiQuery<Wanted>,
) -> Result<Answer, Problem> {
    status(app, caller, read, wanted).await
}

fn idle() -> Vec<Value> {
    let stage = |name: StageName| {
        json!({
            "name": name.as_str(), "status": "pending",
            "started_at": null, "completed_at": null, "duration_seconds": null,
        })
    };
    StageName::ALL.map(stage).to_vec()
}

fn summary(row: &DeploymentRow) -> Value {
    json!({
        "version": row.version,
        "deployed_at": row.completed_at.or(row.started_at).unwrap_or(row.created_at),
        "deployed_by": row.deployed_by,
        "status": row.status,
    })
}
