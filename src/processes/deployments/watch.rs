//! Process `deployment_watch`: failing what nobody carries on with.
//!
//! Shape: once a second, deployments that were not started in time or fell silent are failed.
//! Ordering: the longest silent first.
//! Delivery: at least once; the command's id is derived from the deployment and where it stands,
//! and it counts only if the environment is as it was when it was judged.
//! On failure: tried again a second later. While the read model is behind, nobody is judged.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use pantheon_events::deployments::FailDeployment;
use pantheon_events::{Actor, CommandContext, CommandId, DeploymentId, Sequence, TenantId};
use pantheon_projections::deployments::{NAME as DEPLOYMENTS, Overdue, overdue};

use super::behind;
use crate::app::App;
use crate::domain::deployments::Environment;
use crate::processes::{Process, ProcessError, settle};
use crate::store::{Committed, DispatchError};

const NAME: &str = "deployment_watch";
const UNSTARTED: Duration = Duration::from_secs(600);
const SILENT: Duration = Duration::from_secs(1800);
const PATIENCE: Duration = Duration::from_secs(5);

/// Fails what nobody carries on with.
pub(super) struct DeploymentWatch {
    /// The node.
    pub app: App,
    /// The environments as committed.
    pub environments: Committed<Environment>,
}

#[async_trait]
impl Process for DeploymentWatch {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn tick(&self) -> Result<(), ProcessError> {
        let now = self.app.clock.now();
        for suspect in self.late(now).await? {
            let seen = self.seen(&suspect.environment_id.to_string()).await?;
            self.catch_up().await?;
            let late = self.late(now).await?;
            let still = |one: &&Overdue| one.id == suspect.id && one.status == suspect.status;
            if let Some(late) = late.iter().find(still) {
                self.fail(late, seen).await?;
            }
        }
        Ok(())
    }
}

impl DeploymentWatch {
    async fn late(&self, now: DateTime<Utc>) -> Result<Vec<Overdue>, ProcessError> {
        overdue(&self.app.reads, now - UNSTARTED, now - SILENT)
            .await
            .map_err(behind)
    }

    async fn seen(&self, environment: &str) -> Result<Sequence, ProcessError> {
        let seen = self
            .environments
            .look(environment, |loaded| loaded.sequence);
        seen.await
            .map_err(|error| ProcessError::Retry(error.to_string()))
    }

    /// The read model shows all that is committed by now.
    async fn catch_up(&self) -> Result<(), ProcessError> {
        let head = self.app.log.database_head().await;
        let head = head.map_err(|error| ProcessError::Retry(error.to_string()))?;
        let caught_up = self.app.reads.wait_for(DEPLOYMENTS, head, PATIENCE);
        caught_up.await.map(drop).map_err(behind)
    }

    async fn fail(&self, late: &Overdue, seen: Sequence) -> Result<(), ProcessError> {
        let error = match late.status.as_str() {
            "pending" => "was not started within 10 minutes; is the deployment agent running?",
            _ => "nothing was heard of it for 30 minutes",
        };
        let command = FailDeployment {
            deployment_id: DeploymentId::new(late.id),
            error: error.to_owned(),
        };
        let id = CommandId::of_key(&[NAME, &late.id.to_string(), &late.status]);
        let tenant = TenantId::new(late.tenant);
        let by = CommandContext {
            expected_sequence: Some(seen),
            ..CommandContext::new(tenant, Actor::policy(NAME), Some(id))
        };
        let environment = late.environment_id.to_string();
        let environments = &self.app.commands.environments;
        match environments.dispatch(&environment, command, by).await {
            // Something was heard of it after all.
            Err(DispatchError::SequenceMismatch { .. }) => Ok(()),
            settled => settle(settled),
        }
    }
}
