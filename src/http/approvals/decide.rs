//! `POST /api/v1/approvals/{id}/approve`, `/reject` and `/cancel`.

use axum::extract::State;
use pantheon_events::approvals::{ApprovalCommand, Approve, CancelApproval, Reject};

use super::view::{Approval, answer};
use crate::app::App;
use crate::http::{Answer, ApiJson, ApiJsonOrEmpty, ApiPath, Caller, CommandHeaders, Problem};

/// Says yes for the open stage.
#[utoipa::path(post, path = "/api/v1/approvals/{id}/approve", tag = "approvals",
    params(("id" = uuid::Uuid, Path)), request_body = ref("#/components/schemas/Approve"),
    responses((status = 200, description = "The approval", body = Approval)))]
pub async fn approve(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    ApiJsonOrEmpty(command): ApiJsonOrEmpty<Approve>,
) -> Result<Answer, Problem> {
    send(&app, &caller, &headers, &id, command.into()).await
}

/// Says no, which ends it.
#[utoipa::path(post, path = "/api/v1/approvals/{id}/reject", tag = "approvals",
    params(("id" = uuid::Uuid, Path)), request_body = ref("#/components/schemas/Reject"),
    responses((status = 200, description = "The approval", body = Approval)))]
pub async fn reject(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    ApiJson(command): ApiJson<Reject>,
) -> Result<Answer, Problem> {
    send(&app, &caller, &headers, &id, command.into()).await
}

/// Takes the request back.
#[utoipa::path(post, path = "/api/v1/approvals/{id}/cancel", tag = "approvals",
    params(("id" = uuid::Uuid, Path)), request_body = ref("#/components/schemas/CancelApproval"),
    responses((status = 200, description = "The approval", body = Approval)))]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    ApiJsonOrEmpty(command): ApiJsonOrEmpty<CancelApproval>,
) -> Result<Answer, Problem> {
    send(&app, &caller, &headers, &id, command.into()).await
}

async fn send(
    app: &App,
    caller: &Caller,
    headers: &CommandHeaders,
    id: &str,
    command: ApprovalCommand,
) -> Result<Answer, Problem> {
    let by = headers.context(caller);
    let receipt = app.commands.approvals.dispatch(id, command, by).await?;
    answer(app, caller, &receipt, false).await
}
