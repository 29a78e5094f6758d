//! `DELETE /api/v1/agents/{id}`

use axum::extract::State;
use pantheon_events::agents::RevokeAgent;
use pantheon_projections::agents::NAME;
use serde_json::json;

use super::answer::send;
use crate::app::App;
use crate::http::after::reached;
use crate::http::{Answer, ApiPath, Caller, CommandHeaders, Problem};

/// Takes an agent's key away: its tokens count no more, and its connections are cut within 5 s.
#[utoipa::path(
    delete, path = "/api/v1/agents/{id}", tag = "agents",
    params(("id" = String, Path, description = "the agent, under any of its names")),
    responses((status = 200, description = "it may speak no more", body = Object)),
)]
pub async fn revoke(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(name): ApiPath<String>,
) -> Result<Answer, Problem> {
    let receipt = send(&app, &caller, &headers, name, RevokeAgent {}).await?;
    reached(&app, NAME, &receipt).await;
    Answer::done(receipt, json!({ "message": "Agent revoked" }))
}
