//! `POST /api/v1/infrastructure/sync`.

use axum::extract::State;
use pantheon_events::infrastructure::{LOCAL, RequestSync, infrastructure_id};
use serde_json::json;

use crate::app::App;
use crate::http::{Answer, Caller, CommandHeaders, Problem};

/// Has everything looked at now. While that is under way, a repeat asks for nothing more.
#[utoipa::path(post, path = "/api/v1/infrastructure/sync", tag = "infrastructure",
    responses((status = 202, description = "It is being looked at", body = Object)))]
pub async fn sync(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
) -> Result<Answer, Problem> {
    let by = headers.context(&caller);
    let stream = infrastructure_id(caller.tenant, LOCAL).to_string();
    let infrastructure = &app.commands.infrastructure;
    let receipt = infrastructure.dispatch(&stream, RequestSync {}, by).await?;
    let message = "The infrastructure is being looked at; see GET /api/v1/infrastructure/status.";
    Answer::accepted(&receipt, json!({ "message": message }))
}
