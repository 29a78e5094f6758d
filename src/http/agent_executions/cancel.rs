//! `POST /api/v1/agents/executions/{id}/cancel`.

use axum::extract::State;
use pantheon_events::AgentExecutionId;
use pantheon_events::agent_executions::CancelExecution;

use super::view::{Execution, after};
use crate::app::App;
use crate::http::{Answer, ApiJsonOrEmpty, ApiPath, Caller, CommandHeaders, Problem};

/// Gives an execution up, and its task; again is fine.
#[utoipa::path(post, path = "/api/v1/agents/executions/{id}/cancel", tag = "agents",
    params(("id" = uuid::Uuid, Path)),
    request_body = ref("#/components/schemas/CancelExecution"),
    responses((status = 200, description = "The execution", body = Execution)))]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<AgentExecutionId>,
    ApiJsonOrEmpty(command): ApiJsonOrEmpty<CancelExecution>,
) -> Result<Answer, Problem> {
    let by = headers.context(&caller);
    let executions = &app.commands.agent_executions;
    let receipt = executions.dispatch(&id.to_string(), command, by).await?;
    after(&app, &caller, id, &receipt).await.done(&receipt, id)
}
