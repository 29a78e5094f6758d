//! `POST /api/v1/agents/{id}/start`, `/stop`, `/pause`, `/resume`, `/restart`

use axum::extract::State;
use pantheon_events::agents::{
    AgentCommand, PauseAgent, RestartAgent, ResumeAgent, StartAgent, StopAgent,
};
use serde::Deserialize;

use super::Agent;
use super::answer::{changed, send, shown};
use crate::app::App;
use crate::http::after::Shown;
use crate::http::{Answer, ApiJsonOrEmpty, ApiPath, Caller, CommandHeaders, Problem};

/// Nothing: these take an empty body or `{}`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

macro_rules! controls {
    ($($(#[doc = $doc:literal])+ $name:ident $path:literal $Command:ident;)+) => {$(
        $(#[doc = $doc])+
        #[utoipa::path(
            post, path = $path, tag = "agents",
            params(("id" = String, Path, description = "the agent, under any of its names")),
            responses(
                (status = 202, description = "asked for", body = Agent),
                (status = 200, description = "nothing to do", body = Agent),
            ),
        )]
        pub async fn $name(
            State(app): State<App>,
            caller: Caller,
            headers: CommandHeaders,
            ApiPath(name): ApiPath<String>,
            ApiJsonOrEmpty(_nothing): ApiJsonOrEmpty<Nothing>,
        ) -> Result<Answer, Problem> {
            ask(&app, &caller, &headers, name, $Command {}).await
        }
    )+};
}

controls! {
    /// Asks an agent to work.
    start "/api/v1/agents/{id}/start" StartAgent;
    /// Asks it to stop; its running tasks are released.
    stop "/api/v1/agents/{id}/stop" StopAgent;
    /// Asks it to finish what it has and take nothing new.
    pause "/api/v1/agents/{id}/pause" PauseAgent;
    /// Asks a paused agent to take tasks again.
    resume "/api/v1/agents/{id}/resume" ResumeAgent;
    /// Asks it to end and start anew.
    restart "/api/v1/agents/{id}/restart" RestartAgent;
}

async fn ask(
    app: &App,
    caller: &Caller,
    headers: &CommandHeaders,
    name: String,
    command: impl Into<AgentCommand>,
) -> Result<Answer, Problem> {
    let receipt = send(app, caller, headers, name, command).await?;
    match shown(app, caller, &receipt).await {
        Shown::Row(agent) if changed(app, &receipt).await => Answer::accepted(receipt, agent),
        shown => shown.done(&receipt, &receipt.aggregate_id),
    }
}
