//! Asking for a deployment, giving it up, taking it back.

use axum::extract::State;
use pantheon_events::DeploymentId;
use pantheon_events::deployments::{
    CancelDeployment, EnvironmentCommand, RequestDeployment, RollbackDeployment,
};
use pantheon_projections::deployments::{NAME, newest, one};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::view::{Deployment, visible};
use crate::app::App;
use crate::domain::deployments::environment_id;
use crate::http::after::reached;
use crate::http::{Answer, ApiJson, ApiJsonOrEmpty, ApiPath, Caller, CommandHeaders, Problem};
use crate::store::Receipt;

/// Why.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    reason: Option<String>,
}

/// Asks for a version to be rolled out. The same question within a minute is the same deployment.
#[utoipa::path(post, path = "/api/v1/deployments", tag = "deployments", request_body = Object,
    responses((status = 201, description = "The deployment", body = Deployment)))]
pub async fn request(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiJson(command): ApiJson<RequestDeployment>,
) -> Result<Answer, Problem> {
    if !app.config.environments.contains(&command.environment) {
        let known = app.config.environments.join(", ");
        return Err(Problem::rule(
            "environment_unknown",
            format!("There is no environment of this name. Take one of {known}."),
        ));
    }
    let by = headers.context(&caller);
    let made = DeploymentId::new(by.command_id.created("deployment"));
    let stream = environment_id(caller.tenant, &command.environment).to_string();
    let receipt = app
        .commands
        .environments
        .dispatch(&stream, command, by)
        .await?;
    answer(&app, &caller, &receipt, made).await
}

/// Gives a deployment up.
#[utoipa::path(post, path = "/api/v1/deployments/{id}/cancel", tag = "deployments",
    params(("id" = uuid::Uuid, Path)), request_body = Reason,
    responses((status = 200, description = "The deployment", body = Deployment)))]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    ApiJsonOrEmpty(why): ApiJsonOrEmpty<Reason>,
) -> Result<Answer, Problem> {
    let row = visible(&app, caller.tenant, &id).await?;
    let deployment_id = DeploymentId::new(row.id);
    let command = CancelDeployment {
        deployment_id,
        reason: why.reason,
    };
    let receipt = send(
        &app,
        &caller,
        &headers,
        &row.environment_id.to_string(),
        command,
    )
    .await?;
    if !reached(&app, NAME, &receipt).await {
        return Answer::accepted(&receipt, json!({ "id": row.id }));
    }
    let row = visible(&app, caller.tenant, &id).await?;
    Answer::done(&receipt, Deployment::from(row))
}

/// Takes the newest successful deployment back; answers the one that replaces it.
#[utoipa::path(post, path = "/api/v1/deployments/{id}/rollback", tag = "deployments",
    params(("id" = uuid::Uuid, Path)), request_body = Reason,
    responses((status = 201, description = "The new deployment", body = Deployment)))]
pub async fn roll_back(
    State(app): State<App>,
    caller: Caller,
    headers: CommandHeaders,
    ApiPath(id): ApiPath<String>,
    ApiJsonOrEmpty(why): ApiJsonOrEmpty<Reason>,
) -> Result<Answer, Problem> {
    let row = visible(&app, caller.tenant, &id).await?;
    let deployment_id = DeploymentId::new(row.id);
    let command = RollbackDeployment {
        deployment_id,
        reason: why.reason,
    };
    let receipt = send(
        &app,
        &caller,
        &headers,
        &row.environment_id.to_string(),
        command,
    )
    .await?;
    let made = DeploymentId::new(receipt.command_id.created("deployment"));
    answer(&app, &caller, &receipt, made).await
}

async fn send(
    app: &App,
    caller: &Caller,
    headers: &CommandHeaders,
    stream: &str,
    command: impl Into<EnvironmentCommand>,
) -> Result<Receipt, Problem> {
    let by = headers.context(caller);
    Ok(app
        .commands
        .environments
        .dispatch(stream, command, by)
        .await?)
}

/// `201` with the deployment that the command made, `200` with the open one that it repeated.
async fn answer(
    app: &App,
    caller: &Caller,
    receipt: &Receipt,
    made: DeploymentId,
) -> Result<Answer, Problem> {
    if !reached(app, NAME, receipt).await {
        return Answer::accepted(receipt, json!({ "id": made }));
    }
    if let Some(row) = one(&app.reads, caller.tenant, made).await? {
        let location = format!("/api/v1/deployments/{made}");
        return Answer::created(receipt, &location, Deployment::from(row));
    }
    let environment = receipt
        .aggregate_id
        .parse()
        .map_err(|_| Problem::not_found())?;
    let open = newest(&app.reads, environment)
        .await?
        .ok_or_else(Problem::not_found)?;
    Answer::done(receipt, Deployment::from(open))
}
