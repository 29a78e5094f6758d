//! What an installation has from its first start on: the 21 agents of the catalogue.

use pantheon_events::agents::{CATALOGUE, RegisterAgent};
use pantheon_events::{Actor, CommandContext, CommandId, TenantId};

use crate::app::App;
use crate::store::DispatchError;

/// Registers the catalogue in the default organisation. The commands' ids are derived from the
/// catalogue's, so that a second start adds nothing.
///
/// # Errors
/// The log gave no verdict; start again.
pub async fn first_start(app: &App) -> Result<(), DispatchError> {
    for known in &CATALOGUE {
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
            Ok(_) | Err(DispatchError::Refused { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
