//! What the generic doors do with a command: what its own door would do with it.

use pantheon_events::CommandContext;

use crate::app::App;
use crate::store::{DispatchError, Receipt};

/// Decides and appends any command by name, its data as JSON. A heartbeat goes the way of all
/// heartbeats: not every one becomes an event.
///
/// # Errors
/// The data are not such a command, or its rule says no.
pub async fn execute(
    app: &App,
    (aggregate, command): (&str, &str),
    id: &str,
    data: &[u8],
    by: CommandContext,
) -> Result<Receipt, DispatchError> {
    match app
        .heartbeats
        .take((aggregate, command), id, data, &by)
        .await
    {
        Some(taken) => taken,
        None => app.commands.execute(aggregate, command, id, data, by).await,
    }
}
