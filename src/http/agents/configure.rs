//! `POST /api/v1/agents/{id}/configure` and `PUT /api/v1/agents/{id}/config`

use axum::extract::State;
use pantheon_events::agents::ConfigureAgent;

use super::Agent;
use super::answer::{send, shown};
use crate::app::App;
use crate::http::{Answer, ApiJson, ApiPath, Caller, CommandHeaders, Problem};

/// Changes how an agent is to work; what is left out stays.
#[utoipa::path(
    post, path = "/api/v1/agents/{id}/configure", tag = "agents", request_body = ref("#/components/schemas/ConfigureAgent"),
    params(("id" = String, Path, description = "the agent, under any of its names")),
    responses((status = 200, description = "the agent", body = Agent)),
)]
pub async fn configure(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(name): ApiPath<String>,
    ApiJson(command): ApiJson<ConfigureAgent>,
) -> Result<Answer, Problem> {
    apply(&app, &caller, &headers, name, command).await
}

/// The same under another name.
#[utoipa::path(
    put, path = "/api/v1/agents/{id}/config", tag = "agents", request_body = ref("#/components/schemas/ConfigureAgent"),
    params(("id" = String, Path, description = "the agent, under any of its names")),
    responses((status = 200, description = "the agent", body = Agent)),
)]
pub async fn config(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(name): ApiPath<String>,
    ApiJson(command): ApiJson<ConfigureAgent>,
) -> Result<Answer, Problem> {
    apply(&app, &caller, &headers, name, command).await
}

async fn apply(
    app: &App,
    caller: &Caller,
    headers: &CommandHeaders,
    name: String,
    command: ConfigureAgent,
) -> Result<Answer, Problem> {
    let receipt = send(app, caller, headers, name, command).await?;
    let shown = shown(app, caller, &receipt).await;
    shown.done(&receipt, &receipt.aggregate_id)
}
