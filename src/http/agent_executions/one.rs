//! `GET /api/v1/agents/executions/{id}`.

use axum::extract::State;
use pantheon_events::AgentExecutionId;
use pantheon_projections::agent_executions::{NAME, fold, one as row};

use super::view::Execution;
use crate::app::App;
use crate::http::past::past;
use crate::http::{Answer, ApiPath, AsOf, Caller, Problem, ReadOptions, ReadThen};

/// One execution, as it is or as it was (`as_of`).
#[utoipa::path(get, path = "/api/v1/agents/executions/{id}", tag = "agents",
    params(("id" = uuid::Uuid, Path),
        ("as_of" = Option<String>, Query, description = "a position or a time in the past")),
    responses((status = 200, description = "The execution", body = Execution)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    ReadThen(read): ReadThen,
    ApiPath(id): ApiPath<AgentExecutionId>,
) -> Result<Answer, Problem> {
    if let Some(moment) = read.as_of {
        return then(&app, &caller, &read, id, moment).await;
    }
    let stand = read.stand(&app.reads, NAME, caller.tenant).await?;
    let row = row(&app.reads, caller.tenant, id).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let stream = ("agent_execution", &*id.to_string());
    let sequence = app.log.sequence_at(stream, stand.at).await?;
    Answer::found(&read, stand, Execution::numbered(row, sequence))
}

/// The execution after the last event up to a moment.
async fn then(
    app: &App,
    caller: &Caller,
    read: &ReadOptions,
    id: AgentExecutionId,
    moment: AsOf,
) -> Result<Answer, Problem> {
    let stream = ("agent_execution", &*id.to_string());
    let then = past(app, read, moment, stream, fold).await?;
    match then.filter(|then| then.row.tenant == caller.tenant.as_uuid()) {
        Some(then) => {
            let execution = Execution::numbered(then.row, then.sequence);
            Answer::found(read, then.position, execution)
        }
        None => Err(Problem::not_found()),
    }
}
