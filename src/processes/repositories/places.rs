//! The step before a repository is taken up: the plan has a place for it. One organisation's
//! repositories are taken up one after the other, on all nodes, so that none overlooks another.

use std::time::Duration;

use async_trait::async_trait;
use pantheon_events::repositories::RepositoryCommand;
use pantheon_events::{CommandContext, Refusal, RepositoryId, TenantId};
use pantheon_log::Log;
use pantheon_projections::Reads;
use pantheon_projections::repositories::{NAME, count_others};

use crate::domain::organizations::Organization;
use crate::processes::entitlements;
use crate::processes::turns::Turns;
use crate::store::{DispatchError, Dispatcher, Hold, Prepare};

const PATIENCE: Duration = Duration::from_secs(2);

pub(super) struct Places {
    pub organizations: Dispatcher<Organization>,
    pub log: Log,
    pub reads: Reads,
    pub turns: Turns,
}

impl Places {
    /// How many repositories the tenant may have, where there is a limit.
    async fn most(&self, tenant: TenantId) -> Result<Option<i64>, DispatchError> {
        let (plan, _) = entitlements::of(&self.organizations, tenant).await?;
        let most = plan.max_repositories();
        Ok((most >= 0).then_some(most))
    }

    /// How many it has beside this one.
    async fn taken(&self, tenant: TenantId, id: &str) -> Result<i64, DispatchError> {
        let id: RepositoryId = id
            .parse()
            .map_err(|_| DispatchError::refused(Refusal::invalid("id", "expected a UUID")))?;
        let head = self.log.database_head().await?;
        let reached = self.reads.wait_for(NAME, head, PATIENCE).await;
        reached.map_err(entitlements::unknown)?;
        let count = count_others(&self.reads, tenant, id).await;
        count.map_err(entitlements::unknown)
    }
}

#[async_trait]
impl Prepare<RepositoryCommand> for Places {
    fn concerns(&self, command: &RepositoryCommand) -> bool {
        matches!(command, RepositoryCommand::RegisterRepository(_))
    }

    async fn prepare(
        &self,
        id: &str,
        command: RepositoryCommand,
        by: &CommandContext,
    ) -> Result<RepositoryCommand, DispatchError> {
        let Some(most) = self.most(by.tenant).await? else {
            return Ok(command);
        };
        if self.taken(by.tenant, id).await? < most {
            return Ok(command);
        }
        let message = format!(
            "The plan has places for {most} repositories. Remove one, or ask the operator for \
             another plan."
        );
        let refusal = Refusal::rule("repository_limit", message);
        Err(DispatchError::refused(refusal))
    }

    async fn hold(
        &self,
        _: &RepositoryCommand,
        by: &CommandContext,
    ) -> Result<Option<Hold>, DispatchError> {
        if self.most(by.tenant).await?.is_none() {
            return Ok(None);
        }
        let turn = self.turns.take(by.tenant.to_string()).await?;
        Ok(Some(Box::new(turn)))
    }
}
