//! `POST /api/v1/worktrees`.

use axum::extract::State;
use pantheon_events::Sequence;
use pantheon_events::worktrees::{RequestWorktree, worktree_id};
use pantheon_projections::worktrees::{NAME, one};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::Worktree;
use crate::app::App;
use crate::http::after::shown;
use crate::http::{Answer, ApiJson, Caller, CommandHeaders, Problem};
use crate::store::Receipt;

/// Which worktree.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWorktree {
    /// Made when it is not there.
    branch: String,
    /// What it starts from; `main` when left out.
    base_branch: Option<String>,
    /// The issue that it is for.
    #[schema(minimum = 1)]
    issue_number: Option<i64>,
}

/// Has a worktree of a branch made. While there is one, the same question is the same worktree.
#[utoipa::path(post, path = "/api/v1/worktrees", tag = "worktrees", request_body = NewWorktree,
    responses((status = 201, description = "The worktree", body = Worktree),
        (status = 200, description = "The one that was asked for before", body = Worktree)))]
pub async fn request(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiJson(wanted): ApiJson<NewWorktree>,
) -> Result<Answer, Problem> {
    let by = headers.context(&caller);
    let id = worktree_id(caller.tenant, &wanted.branch);
    let command = RequestWorktree {
        branch: wanted.branch,
        base_branch: wanted.base_branch,
        issue_number: wanted.issue_number,
        path: None,
    };
    let stream = id.to_string();
    let receipt = app
        .commands
        .worktrees
        .dispatch(&stream, command, by)
        .await?;
    let row = one(&app.reads, caller.tenant, id);
    let shown = shown(&app, NAME, &receipt, row).await.map(Worktree::from);
    match made_it(&app, &receipt).await {
        true => shown.created(&receipt, &format!("/api/v1/worktrees/{id}"), id),
        false => shown.done(&receipt, id),
    }
}

/// Whether the stream's last event of then is this command's own; a repeat left none.
async fn made_it(app: &App, receipt: &Receipt) -> bool {
    let before = Sequence::new(receipt.sequence.get() - 1);
    let stream = &receipt.aggregate_id;
    let last = app.log.stream("worktree", stream, before, 1).await;
    let Ok(last) = last else {
        return true;
    };
    last.first()
        .is_none_or(|event| event.command_id == receipt.command_id)
}
