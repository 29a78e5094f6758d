//! `POST /api/v1/agents/{id}/heartbeat`

use axum::extract::State;
use pantheon_events::agents::RecordHeartbeat;
use pantheon_projections::agents;
use serde_json::json;

use super::answer::id_of;
use crate::app::App;
use crate::http::after::reached;
use crate::http::{Answer, ApiJsonOrEmpty, ApiPath, Caller, CommandHeaders, Problem};

/// A sign of life, by the agent itself.
#[utoipa::path(
    post, path = "/api/v1/agents/{id}/heartbeat", tag = "agents", request_body = ref("#/components/schemas/RecordHeartbeat"),
    params(("id" = String, Path, description = "the agent itself")),
    responses((status = 200, description = "its status, and the position", body = Object)),
)]
pub async fn heartbeat(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    ApiJsonOrEmpty(beat): ApiJsonOrEmpty<RecordHeartbeat>,
) -> Result<Answer, Problem> {
    let id = id_of(&app, &caller, id).await?;
    let by = headers.context(&caller);
    let receipt = app.heartbeats.record(&id, beat, by).await?;
    // A late read model still knows the status of a moment ago.
    reached(&app, agents::NAME, &receipt).await;
    let row = agents::one(&app.reads, caller.tenant, &id).await;
    let status = row.ok().flatten().map(|row| row.status);
    Answer::done(receipt, json!({ "status": status }))
}
