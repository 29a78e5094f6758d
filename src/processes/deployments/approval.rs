//! Process `deployment_approval`: what the policy `deployment` guards waits for people, everything
//! else may start.
//!
//! Shape: an approval is requested for what was asked, in the name of whoever asked; its end
//! releases the deployment or fails it. Where no rule asks for one, the deployment is released.
//! Ordering: events in log order, so that a deployment is known to wait before its approval ends.
//! Delivery: at least once, from several nodes as well; command ids are derived from the event, and
//! what ends the waiting is decided on the environment as it was seen, or not at all.
//! On failure: the event is tried again. A request that is refused fails the deployment.

use std::time::Duration;

use async_trait::async_trait;
use pantheon_events::approvals::{ApprovalEvent, CancelApproval, ConsumeApproval, Subject};
use pantheon_events::deployments::{
    AwaitApproval, DeploymentRequested, EnvironmentCommand, EnvironmentEvent, FailDeployment,
    ReleaseDeployment,
};
use pantheon_events::{
    Actor, ApprovalId, CommandContext, DeploymentId, DomainCommand, RecordedEvent, Refusal,
    Sequence,
};
use pantheon_projections::deployments::{NAME as DEPLOYMENTS, one};

use super::question::{DEPLOYMENT, digest, request, subject};
use super::{behind, read};
use crate::app::App;
use crate::domain::deployments::{Deployment, Environment};
use crate::processes::{Process, ProcessError, refused, settle};
use crate::store::{Committed, DispatchError, Receipt};

const NAME: &str = "deployment_approval";
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks for approvals and goes by their answers.
pub(super) struct DeploymentApproval {
    /// The node.
    pub app: App,
    /// The environments as committed.
    pub environments: Committed<Environment>,
}

/// A deployment that waits, and the sequence of its environment at which it was seen to.
struct Waiting {
    environment: String,
    at: Sequence,
    deployment: Deployment,
}

#[async_trait]
impl Process for DeploymentApproval {
    fn name(&self) -> &'static str {
        NAME
    }

    fn wants(&self, event: &RecordedEvent) -> bool {
        matches!(
            event.event_type.as_str(),
            "deployment_requested"
                | "deployment_cancelled"
                | "deployment_failed"
                | "approval_approved"
                | "approval_rejected"
                | "approval_expired"
                | "approval_cancelled"
        )
    }

    async fn react(&self, event: &RecordedEvent) -> Result<(), ProcessError> {
        if event.aggregate_type == "approval" {
            return self.ended(event, read(event)?).await;
        }
        match read::<EnvironmentEvent>(event)? {
            EnvironmentEvent::DeploymentRequested(asked) => self.ask(event, asked).await,
            EnvironmentEvent::DeploymentCancelled(gone) => {
                self.withdraw(event, gone.approval_id).await
            }
            EnvironmentEvent::DeploymentFailed(failed) => {
                self.withdraw(event, failed.approval_id).await
            }
            _ => Ok(()),
        }
    }
}

impl DeploymentApproval {
    async fn ask(
        &self,
        event: &RecordedEvent,
        asked: DeploymentRequested,
    ) -> Result<(), ProcessError> {
        let deployment = Deployment::from(asked);
        let deployment_id = deployment.id;
        let subject = subject(&deployment);
        let approval_id = subject.approval_id(event.metadata.tenant);
        let by = CommandContext {
            actor: Actor {
                on_behalf_of: Some(deployment.requested_by.clone()),
                ..Actor::policy(NAME)
            },
            ..CommandContext::caused_by(event, NAME, "request_approval")
        };
        let requested = self
            .app
            .commands
            .approvals
            .dispatch(&approval_id.to_string(), request(subject, &deployment), by)
            .await;
        let command = match refused(requested)? {
            None => return self.wait_for(event, deployment_id, approval_id).await,
            Some(refusal) if refusal.code == "no_policy" => {
                ReleaseDeployment { deployment_id }.into()
            }
            // An approval of the same thing that this process did not ask for counts for nothing:
            // nobody knows what was shown for it.
            Some(refusal) => fail(
                deployment_id,
                &format!("No approval could be requested: {}", refusal.message),
            ),
        };
        settle(self.send(event, &event.aggregate_id, command, None).await)
    }

    async fn wait_for(
        &self,
        event: &RecordedEvent,
        deployment_id: DeploymentId,
        approval_id: ApprovalId,
    ) -> Result<(), ProcessError> {
        let command = AwaitApproval {
            deployment_id,
            approval_id,
        };
        let sent = self.send(event, &event.aggregate_id, command.into(), None);
        match refused(sent.await)? {
            None => Ok(()),
            // It was given up before it could wait.
            Some(_) => self.cancel(event, approval_id).await,
        }
    }

    /// A deployment that is given up needs no decision any more.
    async fn withdraw(
        &self,
        event: &RecordedEvent,
        approval: Option<ApprovalId>,
    ) -> Result<(), ProcessError> {
        match approval.filter(|_| event.metadata.actor != Actor::policy(NAME)) {
            Some(approval) => self.cancel(event, approval).await,
            None => Ok(()),
        }
    }

    async fn cancel(
        &self,
        event: &RecordedEvent,
        approval: ApprovalId,
    ) -> Result<(), ProcessError> {
        let command = CancelApproval {
            reason: Some("The deployment was given up.".to_owned()),
        };
        let by = CommandContext::caused_by(event, NAME, "cancel_approval");
        let approvals = &self.app.commands.approvals;
        settle(approvals.dispatch(&approval.to_string(), command, by).await)
    }

    async fn ended(&self, event: &RecordedEvent, end: ApprovalEvent) -> Result<(), ProcessError> {
        let (id, subject, no) = match end {
            ApprovalEvent::ApprovalApproved(end) => (end.approval_id, end.subject, None),
            ApprovalEvent::ApprovalRejected(end) => {
                let why = end.decision.comments.unwrap_or_default();
                let no = format!("The approval was rejected: {why}");
                (end.approval_id, end.subject, Some(no))
            }
            ApprovalEvent::ApprovalExpired(end) => {
                let no = "Nobody decided the approval in time.".to_owned();
                (end.approval_id, end.subject, Some(no))
            }
            ApprovalEvent::ApprovalCancelled(end) => {
                let why = end.reason.map(|why| format!(": {why}"));
                let no = format!(
                    "The approval was cancelled{}",
                    why.as_deref().unwrap_or(".")
                );
                (end.approval_id, end.subject, Some(no))
            }
            _ => return Ok(()),
        };
        let Some(waiting) = self.waiting(event, &subject, id).await? else {
            return Ok(());
        };
        let deployment_id = waiting.deployment.id;
        let no = match no {
            Some(no) => Some(no),
            None => self
                .consume(event, id, &waiting)
                .await?
                .map(|no| no.message),
        };
        let command = match no {
            Some(no) => fail(deployment_id, &no),
            None => ReleaseDeployment { deployment_id }.into(),
        };
        let sent = self.send(event, &waiting.environment, command, Some(waiting.at));
        settle(sent.await)
    }

    /// The deployment that waits for exactly this approval. A closed approval may be requested
    /// again by anybody, so what is no longer waiting is none of its business.
    async fn waiting(
        &self,
        event: &RecordedEvent,
        subject: &Subject,
        approval: ApprovalId,
    ) -> Result<Option<Waiting>, ProcessError> {
        if subject.resource_type != DEPLOYMENT {
            return Ok(None);
        }
        let id = DeploymentId::new(subject.resource_id);
        let Some(environment) = self.environment_of(event, id).await? else {
            return Ok(None);
        };
        let seen = self.environments.look(&environment, |loaded| {
            let open = loaded.aggregate.open.clone();
            (loaded.sequence, open)
        });
        let (at, open) = seen
            .await
            .map_err(|error| ProcessError::Retry(error.to_string()))?;
        let open = open.filter(|open| open.id == id && open.awaits() == Some(approval));
        Ok(open.map(|deployment| Waiting {
            environment,
            at,
            deployment,
        }))
    }

    /// Where a deployment belongs never changes, so a read model that is behind will do.
    async fn environment_of(
        &self,
        event: &RecordedEvent,
        id: DeploymentId,
    ) -> Result<Option<String>, ProcessError> {
        let (reads, tenant) = (&self.app.reads, event.metadata.tenant);
        let row = match one(reads, tenant, id).await.map_err(behind)? {
            Some(row) => Some(row),
            None => {
                let waited = reads.wait_for(DEPLOYMENTS, event.position, PATIENCE);
                waited.await.map_err(behind)?;
                one(reads, tenant, id).await.map_err(behind)?
            }
        };
        Ok(row.map(|row| row.environment_id.to_string()))
    }

    /// Uses the approval up for what is about to be rolled out; a refusal says why it cannot be.
    async fn consume(
        &self,
        event: &RecordedEvent,
        approval: ApprovalId,
        waiting: &Waiting,
    ) -> Result<Option<Refusal>, ProcessError> {
        let release = CommandContext::caused_by(event, NAME, "release_deployment");
        let command = ConsumeApproval {
            subject_digest: Some(digest(&waiting.deployment)),
            by_command: release.command_id,
        };
        let by = CommandContext::caused_by(event, NAME, "consume_approval");
        let approvals = &self.app.commands.approvals;
        refused(approvals.dispatch(&approval.to_string(), command, by).await)
    }

    async fn send(
        &self,
        event: &RecordedEvent,
        environment: &str,
        command: EnvironmentCommand,
        seen_at: Option<Sequence>,
    ) -> Result<Receipt, DispatchError> {
        let step = command.spec().name;
        let by = CommandContext {
            expected_sequence: seen_at,
            ..CommandContext::caused_by(event, NAME, step)
        };
        let environments = &self.app.commands.environments;
        environments.dispatch(environment, command, by).await
    }
}

fn fail(deployment_id: DeploymentId, error: &str) -> EnvironmentCommand {
    let error = error.to_owned();
    FailDeployment {
        deployment_id,
        error,
    }
    .into()
}
