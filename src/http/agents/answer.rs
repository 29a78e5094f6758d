//! What the endpoints of agents have in common: finding one by any of its names, sending it a
//! command, and showing it.

use pantheon_events::agents::{AgentCommand, HeartbeatRecording, catalogue_type};
use pantheon_projections::Stand;
use pantheon_projections::agents::{self, AgentRow, NAME};

use super::Agent;
use crate::app::App;
use crate::auth::Denial;
use crate::http::after::{self, Shown};
use crate::http::{Caller, CommandHeaders, Problem, ReadOptions};
use crate::store::Receipt;

/// The id that a name means. What the read model does not know may have been enrolled a moment
/// ago, so its name is taken as an id.
pub(super) async fn id_of(app: &App, caller: &Caller, name: String) -> Result<String, Problem> {
    if let Some(id) = agents::find(&app.reads, caller.tenant, &name).await? {
        return only_itself(caller, id);
    }
    let is_long_name = name.bytes().any(|byte| byte.is_ascii_uppercase());
    let known = catalogue_type(&name).filter(|_| is_long_name);
    only_itself(caller, known.map_or(name, |known| known.id.to_owned()))
}

/// An agent is let in under any name of its own; one of them may be another agent's very id.
pub(super) fn only_itself(caller: &Caller, id: String) -> Result<String, Problem> {
    match &caller.principal.agent {
        Some(own) if own.as_str() != id => Err(Denial::not_itself().into()),
        _ => Ok(id),
    }
}

/// The row that a name means.
pub(super) async fn row_of(app: &App, caller: &Caller, name: &str) -> Result<AgentRow, Problem> {
    let id = agents::find(&app.reads, caller.tenant, name).await?;
    let id = only_itself(caller, id.ok_or_else(Problem::not_found)?)?;
    let row = agents::one(&app.reads, caller.tenant, &id).await?;
    row.ok_or_else(Problem::not_found)
}

/// Sends a command to an agent under any of its names.
pub(super) async fn send(
    app: &App,
    caller: &Caller,
    headers: &CommandHeaders,
    name: String,
    command: impl Into<AgentCommand>,
) -> Result<Receipt, Problem> {
    let id = id_of(app, caller, name).await?;
    let by = headers.context(caller);
    Ok(app.commands.agents.dispatch(&id, command, by).await?)
}

/// Where the fleet stands. Heartbeats that leave no event show in its rows all the same.
pub(super) async fn stand(
    app: &App,
    caller: &Caller,
    read: &ReadOptions,
) -> Result<Stand, Problem> {
    let stand = read.stand(&app.reads, NAME, caller.tenant).await?;
    Ok(match app.config.heartbeat_recording() {
        HeartbeatRecording::All => stand,
        _ => stand.at.into(),
    })
}

/// The agent as the read model shows it after a command.
pub(super) async fn shown(app: &App, caller: &Caller, receipt: &Receipt) -> Shown<Agent> {
    let row = agents::one(&app.reads, caller.tenant, &receipt.aggregate_id);
    let shown = after::shown(app, NAME, receipt, row).await;
    shown.map(|row| Agent::now(app, row).numbered(receipt.sequence))
}

/// Whether the command changed anything: the event at its position is its own. It may have when
/// that cannot be read.
pub(super) async fn changed(app: &App, receipt: &Receipt) -> bool {
    match app.log.event_at(receipt.position).await {
        Ok(event) => event.is_some_and(|event| event.command_id == receipt.command_id),
        Err(_) => true,
    }
}
