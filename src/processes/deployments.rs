//! Processes `deployment_approval` and `deployment_watch`.
//!
//! A deployment that was asked for is released, and the deployment agent is told. Production needs an
//! approval, and this process does not ask the approvals for one yet: until it does, a deployment to
//! production is failed at once with a reason, never let through.

use std::time::Duration;

use async_trait::async_trait;
use pantheon_events::deployments::{
    DeploymentReleased, DeploymentRequested, EnvironmentEvent, FailDeployment, ReleaseDeployment,
};
use pantheon_events::{
    Actor, AgentId, CommandContext, CommandId, DeploymentId, DomainEvent, RecordedEvent, TenantId,
};
use pantheon_nats::tell::{Control, Tell, tell};
use pantheon_projections::deployments::overdue;
use serde_json::json;

use super::{Process, ProcessError, settle};
use crate::app::App;

const APPROVAL: &str = "deployment_approval";
const WATCH: &str = "deployment_watch";
/// The environment that the built-in policy guards.
const GUARDED: &str = "production";
const AGENT: &str = "deployment";
const UNSTARTED: Duration = Duration::from_secs(600);
const SILENT: Duration = Duration::from_secs(1800);

/// Releases what was asked for.
pub struct DeploymentApproval {
    /// The node.
    pub app: App,
}

#[async_trait]
impl Process for DeploymentApproval {
    fn name(&self) -> &'static str {
        APPROVAL
    }

    fn wants(&self, event: &RecordedEvent) -> bool {
        matches!(
            event.event_type.as_str(),
            "deployment_requested" | "deployment_released"
        )
    }

    async fn react(&self, event: &RecordedEvent) -> Result<(), ProcessError> {
        let fact =
            EnvironmentEvent::decode(&event.event_type, &event.event_version, event.payload.get())
                .map_err(|error| ProcessError::Halt(error.to_string()))?;
        match fact {
            EnvironmentEvent::DeploymentRequested(asked) => self.release(event, &asked).await,
            EnvironmentEvent::DeploymentReleased(released) => self.tell(event, &released).await,
            _ => Ok(()),
        }
    }
}

impl DeploymentApproval {
    async fn release(
        &self,
        event: &RecordedEvent,
        asked: &DeploymentRequested,
    ) -> Result<(), ProcessError> {
        let environments = &self.app.commands.environments;
        let deployment_id = asked.deployment_id;
        if asked.environment == GUARDED {
            let error = "production needs an approval, and deployments cannot ask for one yet";
            let command = FailDeployment {
                deployment_id,
                error: error.to_owned(),
            };
            let by = CommandContext::caused_by(event, APPROVAL, "fail_deployment");
            return settle(
                environments
                    .dispatch(&event.aggregate_id, command, by)
                    .await,
            );
        }
        let by = CommandContext::caused_by(event, APPROVAL, "release_deployment");
        let command = ReleaseDeployment { deployment_id };
        settle(
            environments
                .dispatch(&event.aggregate_id, command, by)
                .await,
        )
    }

    /// Told once: an agent that is away misses it, and `deployment_watch` then fails the deployment.
    async fn tell(
        &self,
        event: &RecordedEvent,
        released: &DeploymentReleased,
    ) -> Result<(), ProcessError> {
        let (Some(bus), Ok(agent)) = (&self.app.bus, AGENT.parse::<AgentId>()) else {
            return Ok(());
        };
        let message = Tell {
            tell: Control::DeploymentRequested,
            position: event.position,
            data: json!({
                "environment_id": event.aggregate_id,
                "deployment_id": released.deployment_id,
                "environment": released.environment,
                "version": released.version,
            }),
        };
        tell(bus, &agent, &message)
            .await
            .map_err(|error| ProcessError::Retry(error.to_string()))
    }
}

/// Fails what nobody carries on with.
pub struct DeploymentWatch {
    /// The node.
    pub app: App,
}

#[async_trait]
impl Process for DeploymentWatch {
    fn name(&self) -> &'static str {
        WATCH
    }

    fn wants(&self, _: &RecordedEvent) -> bool {
        false
    }

    async fn react(&self, _: &RecordedEvent) -> Result<(), ProcessError> {
        Ok(())
    }

    async fn tick(&self) -> Result<(), ProcessError> {
        let now = self.app.clock.now();
        let due = overdue(&self.app.reads, now - UNSTARTED, now - SILENT)
            .await
            .map_err(|error| ProcessError::Retry(error.to_string()))?;
        for late in due {
            let error = match late.status.as_str() {
                "pending" => "was not started within 10 minutes; is the deployment agent running?",
                _ => "nothing was heard of it for 30 minutes",
            };
            let deployment_id = DeploymentId::new(late.id);
            let command = FailDeployment {
                deployment_id,
                error: error.to_owned(),
            };
            let id = CommandId::of_key(&[WATCH, &late.id.to_string(), &late.status]);
            let tenant = TenantId::new(late.tenant);
            let by = CommandContext::new(tenant, Actor::policy(WATCH), Some(id));
            let environment = late.environment_id.to_string();
            settle(
                self.app
                    .commands
                    .environments
                    .dispatch(&environment, command, by)
                    .await,
            )?;
        }
        Ok(())
    }
}
