//! What the commands of deployments answer with.

use pantheon_events::DeploymentId;
use pantheon_events::deployments::EnvironmentCommand;
use pantheon_projections::deployments::{DeploymentRow, NAME, newest, one};
use serde::Deserialize;
use utoipa::ToSchema;

use super::view::Deployment;
use crate::app::App;
use crate::http::after::{Shown, shown};
use crate::http::{Answer, Caller, CommandHeaders, Problem};
use crate::store::Receipt;

/// Why.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    pub(super) reason: Option<String>,
}

/// Sends a command to the environment of a deployment.
pub(super) async fn send(
    app: &App,
    caller: &Caller,
    headers: &CommandHeaders,
    row: &DeploymentRow,
    command: impl Into<EnvironmentCommand>,
) -> Result<Receipt, Problem> {
    let (environment, by) = (row.environment_id.to_string(), headers.context(caller));
    let environments = &app.commands.environments;
    Ok(environments.dispatch(&environment, command, by).await?)
}

/// `201` with the deployment that the command made, `200` with the open one that it repeated.
pub(super) async fn answer(
    app: &App,
    caller: &Caller,
    receipt: &Receipt,
) -> Result<Answer, Problem> {
    let made = DeploymentId::new(receipt.command_id.created("deployment"));
    let row = one(&app.reads, caller.tenant, made);
    let shown = shown(app, NAME, receipt, row).await;
    if matches!(shown, Shown::Nothing)
        && let Some(open) = repeated(app, receipt).await
    {
        return Answer::done(receipt, Deployment::numbered(open, receipt.sequence));
    }
    let location = format!("/api/v1/deployments/{made}");
    shown
        .map(|row| Deployment::numbered(row, receipt.sequence))
        .created(receipt, &location, made)
}

/// The open deployment that was asked for again.
async fn repeated(app: &App, receipt: &Receipt) -> Option<DeploymentRow> {
    let environment = receipt.aggregate_id.parse().ok()?;
    let row = newest(&app.reads, environment).await.ok()??;
    matches!(row.status.as_str(), "pending" | "running").then_some(row)
}
