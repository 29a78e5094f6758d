//! `GET /api/v1/agents/{id}/metrics`

use axum::extract::State;

use super::AgentMetrics;
use super::answer::{row_of, stand};
use crate::app::App;
use crate::http::{Answer, ApiPath, Caller, Problem, ReadOptions};

/// An agent's figures, from its heartbeats and tasks.
#[utoipa::path(
    get, path = "/api/v1/agents/{id}/metrics", tag = "agents",
    params(("id" = String, Path, description = "the agent, under any of its names")),
    responses((status = 200, description = "the figures", body = AgentMetrics)),
)]
pub async fn metrics(
    State(app): State<App>,
    caller: Caller,
    read: ReadOptions,
    ApiPath(name): ApiPath<String>,
) -> Result<Answer, Problem> {
    let position = stand(&app, &caller, &read).await?;
    let row = row_of(&app, &caller, &name).await?;
    Answer::found(&read, position, AgentMetrics::from(&row))
}
