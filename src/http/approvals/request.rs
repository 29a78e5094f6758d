//! `POST /api/v1/approvals`.

use axum::extract::State;
use pantheon_events::approvals::RequestApproval;

use super::view::{Approval, answer};
use crate::app::App;
use crate::http::{Answer, ApiJson, Caller, CommandHeaders, Problem};

/// Asks for an approval, with the stages of the policy in force.
#[utoipa::path(post, path = "/api/v1/approvals", tag = "approvals", request_body = ref("#/components/schemas/RequestApproval"),
    responses((status = 201, description = "The approval", body = Approval)))]
pub async fn request(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiJson(command): ApiJson<RequestApproval>,
) -> Result<Answer, Problem> {
    let id = command.subject().approval_id(caller.tenant).to_string();
    let by = headers.context(&caller);
    let receipt = app.commands.approvals.dispatch(&id, command, by).await?;
    answer(&app, &caller, &receipt, true).await
}
