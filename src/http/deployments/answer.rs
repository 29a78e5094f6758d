//! What the commands of deployments answer with.

use pantheon_events::deployments::{EnvironmentCommand, EnvironmentEvent};
use pantheon_events::{DeploymentId, DomainEvent, Sequence};
use pantheon_projections::deployments::{DeploymentRow, NAME, one};
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

/// `201` with the deployment that the command made, `200` with the one whose request it repeated.
pub(super) async fn answer(
    app: &App,
    caller: &Caller,
    receipt: &Receipt,
) -> Result<Answer, Problem> {
    let made = DeploymentId::new(receipt.command_id.created("deployment"));
    let row = one(&app.reads, caller.tenant, made);
    let shown = shown(app, NAME, receipt, row).await;
    if matches!(shown, Shown::Nothing)
        && let Some(known) = repeated(app, caller, receipt, made).await
    {
        return Answer::done(receipt, Deployment::numbered(known, receipt.sequence));
    }
    let location = format!("/api/v1/deployments/{made}");
    shown
        .map(|row| Deployment::numbered(row, receipt.sequence))
        .created(receipt, &location, made)
}

/// The deployment that was asked for again: the one that the environment's last event of then is
/// about, however it has gone on since.
async fn repeated(
    app: &App,
    caller: &Caller,
    receipt: &Receipt,
    made: DeploymentId,
) -> Option<DeploymentRow> {
    let before = Sequence::new(receipt.sequence.get() - 1);
    let (stream, log) = (&receipt.aggregate_id, &app.log);
    let last = log.stream("environment", stream, before, 1).await.ok()?;
    let last = last.first()?;
    let (kind, version, payload) = (&last.event_type, &last.event_version, last.payload.get());
    let happened = EnvironmentEvent::decode(kind, version, payload).ok()?;
    let known = happened.deployment_id();
    if known == made {
        return None;
    }
    one(&app.reads, caller.tenant, known).await.ok()?
}
