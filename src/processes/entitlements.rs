//! What a tenant's plan and features give: the steps before the commands that they limit (console.md §17).

use std::time::Duration;

use pantheon_events::organizations::{Features, Plan};
use pantheon_events::{CommandContext, Refusal, TenantId};
use pantheon_log::{Log, ReadError};
use pantheon_projections::agents::{NAME, others_enrolled};
use pantheon_projections::{QueryError, Reads};

use super::turns::Turns;
use crate::app::App;
use crate::domain::organizations::Organization;
use crate::store::{DispatchError, Dispatcher, Hold};

const PATIENCE: Duration = Duration::from_secs(2);

/// Which of Postgres' two-part advisory locks these are.
const LOCKS: i32 = 0x656e_726f;

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

/// The step before an agent is enrolled: the plan has a place for it. The enrolments of an organisation
/// take turns, so that two never count the same last place.
pub struct Places {
    organizations: Dispatcher<Organization>,
    log: Log,
    reads: Reads,
    turns: Turns,
}

impl Places {
    /// The places of this node's organisations.
    #[must_use]
    pub fn new(app: &App) -> Self {
        Self {
            organizations: app.commands.organizations.clone(),
            log: app.log.clone(),
            reads: app.reads.clone(),
            turns: Turns::new(app.log.pool().clone(), LOCKS),
        }
    }

    /// How many agents the plan has places for; nothing for any number.
    async fn places(&self, tenant: TenantId) -> Result<Option<i64>, DispatchError> {
        let most = of(&self.organizations, tenant).await?.0.max_agents();
        Ok(Some(most).filter(|most| *most >= 0))
    }

    async fn taken(&self, tenant: TenantId, id: &str) -> Result<i64, DispatchError> {
        // What another node has committed counts, whether this one has heard of it or not.
        let head = self.log.database_head().await?;
        let reached = self.reads.wait_for(NAME, head, PATIENCE).await;
        reached.map_err(unknown)?;
        others_enrolled(&self.reads, tenant, id)
            .await
            .map_err(unknown)
    }
}

impl Places {
    /// The organisation's turn to enrol one; where there is any number of places nobody waits for one.
    ///
    /// # Errors
    /// It could not be found out.
    pub async fn turn(&self, by: &CommandContext) -> Result<Option<Hold>, DispatchError> {
        if self.places(by.tenant).await?.is_none() {
            return Ok(None);
        }
        let turn = self.turns.take(by.tenant.to_string()).await?;
        Ok(Some(Box::new(turn)))
    }

    /// Refuses an agent for which the plan has no place.
    ///
    /// # Errors
    /// The refusal; how many there are could not be found out.
    pub async fn has_room(&self, id: &str, by: &CommandContext) -> Result<(), DispatchError> {
        let Some(most) = self.places(by.tenant).await? else {
            return Ok(());
        };
        let taken = self.taken(by.tenant, id).await?;
        if taken < most {
            return Ok(());
        }
        let message = format!(
            "The plan has places for {most} agents. Revoke one, or ask the operator for another plan."
        );
        let refusal = Refusal::rule("agent_limit", message);
        Err(DispatchError::refused(refusal))
    }
}

/// How many there are is not known: the same command may be sent again.
pub(super) fn unknown(error: QueryError) -> DispatchError {
    let cause = match error {
        QueryError::Unavailable(cause) | QueryError::Failed(cause) => cause,
        other => sqlx::Error::Protocol(other.to_string()),
    };
    DispatchError::Read(ReadError::Unavailable(cause))
}
