//! What an installation has from its first start on: the 21 agents of the catalogue.

use futures_util::future::try_join_all;
use pantheon_events::agents::{CATALOGUE, CatalogueAgent, RegisterAgent};
use pantheon_events::{Actor, CommandContext, CommandId, TenantId};

use crate::app::App;
use crate::store::DispatchError;

/// Registers the catalogue in the default organisation. The commands' ids are derived from the
/// catalogue's, so that a second start adds nothing.
///
/// # Errors
/// The log gave no verdict; start again.
pub async fn first_start(app: &App) -> Result<(), DispatchError> {
    // All at once: they share a batch of the writer.
    try_join_all(CATALOGUE.iter().map(|known| register(app, known))).await?;
    Ok(())
}

async fn register(app: &App, known: &CatalogueAgent) -> Result<(), DispatchError> {
    let by = CommandContext::new(
        TenantId::default_organization(),
        Actor::system("first_start"),
        Some(CommandId::of_key(&["register_agent", known.id])),
    );
    match app
        .commands
        .agents
        .dispatch(known.id, RegisterAgent {}, by)
        .await
    {
        // Refused: somebody has taken the id before; it stays theirs.
        Ok(_) | Err(DispatchError::Refused { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
