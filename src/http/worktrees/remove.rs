//! `DELETE /api/v1/worktrees/{id}`.

use axum::extract::State;
use pantheon_events::worktrees::RemoveWorktree;
use pantheon_projections::worktrees::NAME;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use crate::app::App;
use crate::http::after::reached;
use crate::http::{Answer, ApiPath, ApiQuery, Caller, CommandHeaders, Problem};

/// How.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct How {
    /// Also while an execution works in it.
    #[param(default = false)]
    force: bool,
}

/// Removes a worktree; its branch stays. Again is the same.
#[utoipa::path(delete, path = "/api/v1/worktrees/{id}", tag = "worktrees",
    params(("id" = uuid::Uuid, Path), How),
    responses((status = 200, description = "It is gone", body = Object)))]
pub async fn remove(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    ApiQuery(how): ApiQuery<How>,
) -> Result<Answer, Problem> {
    let by = headers.context(&caller);
    let command = RemoveWorktree { force: how.force };
    let receipt = app.commands.worktrees.dispatch(&id, command, by).await?;
    // Whoever looks after this finds nothing.
    reached(&app, NAME, &receipt).await;
    Answer::done(&receipt, json!({ "message": "The worktree is gone." }))
}
