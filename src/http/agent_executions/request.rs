//! `POST /api/v1/agents/execute`.

use axum::extract::State;
use pantheon_events::agent_executions::{ExecutionOptions, RequestExecution};
use pantheon_events::{AgentExecutionId, RepositoryId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::view::{Execution, after};
use crate::app::App;
use crate::http::openapi::named;
use crate::http::{Answer, ApiJson, Caller, CommandHeaders, Problem};

/// What is to be done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExecuteAgent)]
pub struct Asked {
    #[schema(value_type = uuid::Uuid)]
    repository_id: RepositoryId,
    #[schema(minimum = 1)]
    issue_number: i64,
    /// `coordinator`, `codegen`, `review`, `pr`, `deployment` or `issue`; also by its other names.
    #[schema(min_length = 1, max_length = 64)]
    agent_type: String,
    #[serde(default)]
    #[schema(schema_with = named::<ExecutionOptions>)]
    options: ExecutionOptions,
}

/// The new execution.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RequestedExecution)]
pub struct Requested {
    #[serde(flatten)]
    execution: Execution,
    /// The same as `id`.
    #[schema(value_type = uuid::Uuid)]
    execution_id: AgentExecutionId,
    message: &'static str,
}

/// Sets an agent to work on an issue of a repository.
#[utoipa::path(post, path = "/api/v1/agents/execute", tag = "agents", request_body = Asked,
    responses((status = 201, description = "The execution", body = Requested)))]
pub async fn request(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiJson(asked): ApiJson<Asked>,
) -> Result<Answer, Problem> {
    let by = headers.context(&caller);
    let id = AgentExecutionId::new(by.command_id.created("agent_execution"));
    let command = RequestExecution {
        repository_id: asked.repository_id,
        issue_number: asked.issue_number,
        agent_type: asked.agent_type,
        options: asked.options,
        repository: None,
    };
    let executions = &app.commands.agent_executions;
    let receipt = executions.dispatch(&id.to_string(), command, by).await?;
    let shown = after(&app, &caller, id, &receipt).await;
    let location = format!("/api/v1/agents/executions/{id}");
    shown
        .map(|execution| Requested {
            execution,
            execution_id: id,
            message: "The agent is asked to work on the issue",
        })
        .created(&receipt, &location, id)
}
