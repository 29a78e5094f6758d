//! What a tenant's plan and features give: the steps before the commands that they limit (console.md §17).

use std::time::Duration;

use async_trait::async_trait;
use pantheon_events::agents::AgentCommand;
use pantheon_events::organizations::{Features, Plan};
use pantheon_events::{CommandContext, Refusal, TenantId};
use pantheon_log::{Log, ReadError};
use pantheon_projections::agents::{NAME, others_enrolled};
use pantheon_projections::{QueryError, Reads};

use crate::app::App;
use crate::domain::organizations::Organization;
use crate::store::{DispatchError, Dispatcher, Prepare};

const PATIENCE: Duration = Duration::from_secs(2);

/// Sets the step before agents are enrolled.
pub fn prepare(app: &App) {
    app.commands
        .agents
        .prepare_with(std::sync::Arc::new(Places {
            organizations: app.commands.organizations.clone(),
            log: app.log.clone(),
            reads: app.reads.clone(),
        }));
}

/// The plan and the features of a tenant. A personal space has the free plan and no feature.
pub async fn of(
    organizations: &Dispatcher<Organization>,
    tenant: TenantId,
) -> Result<(Plan, Features), DispatchError> {
    let found = organizations.load(&tenant.to_string()).await?.aggregate;
    Ok(match found.exists && !found.deleted {
        true => (found.plan, found.features),
        false => (Plan::default(), Features::default()),
    })
}

/// The refusal of a command that reaches machines of the installation which the tenant does not.
#[must_use]
pub fn feature_disabled(feature: &str) -> DispatchError {
    let message = format!(
        "The feature {feature} is off in this organisation. Ask the operator to turn it on."
    );
    DispatchError::refused(Refusal::rule("feature_disabled", message))
}

/// The step before an agent is enrolled: the plan has a place for it. Enrolments that are under way at the
/// same moment do not see each other.
struct Places {
    organizations: Dispatcher<Organization>,
    log: Log,
    reads: Reads,
}

impl Places {
    async fn taken(&self, tenant: TenantId, id: &str) -> Result<i64, QueryError> {
        let head = self.log.head();
        self.reads.wait_for(NAME, head, PATIENCE).await?;
        others_enrolled(&self.reads, tenant, id).await
    }
}

#[async_trait]
impl Prepare<AgentCommand> for Places {
    fn concerns(&self, command: &AgentCommand) -> bool {
        matches!(command, AgentCommand::EnrollAgent(_))
    }

    async fn prepare(
        &self,
        id: &str,
        command: AgentCommand,
        by: &CommandContext,
    ) -> Result<AgentCommand, DispatchError> {
        let most = of(&self.organizations, by.tenant).await?.0.max_agents();
        if most < 0 {
            return Ok(command);
        }
        let taken = self.taken(by.tenant, id).await.map_err(unknown)?;
        if taken < most {
            return Ok(command);
        }
        let message = format!(
            "The plan has places for {most} agents. Revoke one, or ask the operator for another plan."
        );
        let refusal = Refusal::rule("agent_limit", message);
        Err(DispatchError::refused(refusal))
    }
}

/// How many there are is not known: the same command may be sent again.
fn unknown(error: QueryError) -> DispatchError {
    let cause = match error {
        QueryError::Unavailable(cause) | QueryError::Failed(cause) => cause,
        other => sqlx::Error::Protocol(other.to_string()),
    };
    DispatchError::Read(ReadError::Unavailable(cause))
}
