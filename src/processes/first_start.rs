//! What an installation has from its first start on: the default organisation and the 21 agents of
//! the catalogue.

use std::time::Duration;

use futures_util::future::try_join_all;
use pantheon_events::agents::{CATALOGUE, CatalogueAgent, RegisterAgent};
use pantheon_events::organizations::CreateOrganization;
use pantheon_events::{Actor, CommandContext, CommandId, TenantId};
use pantheon_log::AppendError;

use crate::app::App;
use crate::store::DispatchError;

/// The slug of the default organisation.
const DEFAULT: &str = "default";
const PAUSE: Duration = Duration::from_millis(20);

/// Registers the catalogue in the default organisation. The commands' ids are derived from the
/// catalogue's, so that a second start adds nothing.
///
/// # Errors
/// The log gave no verdict; start again.
pub async fn first_start(app: &App) -> Result<(), DispatchError> {
    found(app).await?;
    // All at once: they share a batch of the writer.
    try_join_all(CATALOGUE.iter().map(|known| register(app, known))).await?;
    Ok(())
}

/// Makes the organisation that the installation itself lives in.
async fn found(app: &App) -> Result<(), DispatchError> {
    let tenant = TenantId::default_organization();
    let by = CommandContext::new(
        tenant,
        Actor::system("first_start"),
        Some(CommandId::of_key(&["create_organization", DEFAULT])),
    );
    let command = CreateOrganization {
        name: "Default".to_owned(),
        slug: DEFAULT.parse().expect("a slug"),
        description: None,
        github_org_login: None,
    };
    let organizations = &app.commands.organizations;
    match organizations
        .dispatch(&tenant.to_string(), command, by)
        .await
    {
        Ok(_) | Err(DispatchError::Refused { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn register(app: &App, known: &CatalogueAgent) -> Result<(), DispatchError> {
    let by = CommandContext::new(
        TenantId::default_organization(),
        Actor::system("first_start"),
        Some(CommandId::of_key(&["register_agent", known.id])),
    );
    let agents = &app.commands.agents;
    loop {
        match agents
            .dispatch(known.id, RegisterAgent {}, by.clone())
            .await
        {
            // Refused: somebody has taken the id before; it stays theirs.
            Ok(_) | Err(DispatchError::Refused { .. }) => return Ok(()),
            // A queue shorter than the catalogue: the same command again, when there is a place.
            Err(DispatchError::Append(AppendError::Overloaded { .. })) => {
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
}
