//! What a look at the infrastructure needs before it is asked for: an organisation that reaches the
//! installation's machines.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::CommandContext;
use pantheon_events::infrastructure::InfrastructureCommand;

use super::entitlements;
use crate::app::App;
use crate::domain::organizations::Organization;
use crate::store::{DispatchError, Dispatcher, Prepare};

/// Sets the step before a look is asked for.
pub fn prepare(app: &App) {
    let organizations = app.commands.organizations.clone();
    let reach = Reach { organizations };
    app.commands.infrastructure.prepare_with(Arc::new(reach));
}

struct Reach {
    organizations: Dispatcher<Organization>,
}

#[async_trait]
impl Prepare<InfrastructureCommand> for Reach {
    fn concerns(&self, command: &InfrastructureCommand) -> bool {
        matches!(command, InfrastructureCommand::RequestSync(_))
    }

    async fn prepare(
        &self,
        _: &str,
        command: InfrastructureCommand,
        by: &CommandContext,
    ) -> Result<InfrastructureCommand, DispatchError> {
        let (_, features) = entitlements::of(&self.organizations, by.tenant).await?;
        match features.infrastructure {
            true => Ok(command),
            false => Err(entitlements::feature_disabled("infrastructure")),
        }
    }
}
