//! `POST /api/v1/deployments`.

use axum::extract::State;
use pantheon_events::deployments::RequestDeployment;

use super::answer::answer;
use super::view::Deployment;
use crate::app::App;
use crate::domain::deployments::environment_id;
use crate::http::{Answer, ApiJson, Caller, CommandHeaders, Problem};

/// Asks for a version to be rolled out. The same question within a minute is the same deployment.
#[utoipa::path(post, path = "/api/v1/deployments", tag = "deployments", request_body = ref("#/components/schemas/RequestDeployment"),
    responses((status = 201, description = "The deployment", body = Deployment)))]
pub async fn request(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiJson(command): ApiJson<RequestDeployment>,
) -> Result<Answer, Problem> {
    let by = headers.context(&caller);
    let stream = environment_id(caller.tenant, &command.environment).to_string();
    let environments = &app.commands.environments;
    let receipt = environments.dispatch(&stream, command, by).await?;
    answer(&app, &caller, &receipt).await
}
