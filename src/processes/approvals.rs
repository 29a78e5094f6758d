//! What goes around approvals: the policy in force is put into a request, and process
//! `approval_clock` reminds, escalates and expires.
//!
//! Shape: once a second, what is due in the read model is told to its approval.
//! Ordering: the longest overdue first.
//! Delivery: at least once; a command's id is derived from the approval and the deadline it names.
//! On failure: tried again a second later.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::approvals::{
    ApprovalCommand, ApprovalPolicyCommand, Asks, Escalate, Expire, Policy, Remind,
    RequestApproval, policy_id,
};
use pantheon_events::{Actor, CommandContext, CommandId, TenantId};
use pantheon_projections::approvals::{Due, overdue, to_remind};

use super::electorate::Electorate;
use super::{Process, ProcessError, settle};
use crate::app::App;
use crate::domain::approvals::ApprovalPolicy;
use crate::store::{DispatchError, Dispatcher, Prepare};

const NAME: &str = "approval_clock";

/// Sets the steps before approvals and policies.
pub fn prepare(app: &App) {
    let electorate = || Electorate {
        organizations: app.commands.organizations.clone(),
        accounts: app.accounts.clone(),
    };
    let steps = ApprovalSteps {
        policies: app.commands.approval_policies.clone(),
        electorate: electorate(),
    };
    app.commands.approvals.prepare_with(Arc::new(steps));
    let steps = PolicySteps(electorate());
    app.commands.approval_policies.prepare_with(Arc::new(steps));
}

/// The step before a policy is put in force: its stages can be satisfied.
struct PolicySteps(Electorate);

#[async_trait]
impl Prepare<ApprovalPolicyCommand> for PolicySteps {
    fn concerns(&self, command: &ApprovalPolicyCommand) -> bool {
        matches!(command, ApprovalPolicyCommand::DefineApprovalPolicy(_))
    }

    async fn prepare(
        &self,
        _: &str,
        command: ApprovalPolicyCommand,
        by: &CommandContext,
    ) -> Result<ApprovalPolicyCommand, DispatchError> {
        if let ApprovalPolicyCommand::DefineApprovalPolicy(define) = &command {
            self.0.can_decide(define, by).await?;
        }
        Ok(command)
    }
}

/// The step before `request_approval`: the stages that the policy in force asks for, when there are people
/// enough for them.
struct ApprovalSteps {
    policies: Dispatcher<ApprovalPolicy>,
    electorate: Electorate,
}

#[async_trait]
impl Prepare<ApprovalCommand> for ApprovalSteps {
    fn concerns(&self, command: &ApprovalCommand) -> bool {
        matches!(command, ApprovalCommand::RequestApproval(_))
    }

    async fn prepare(
        &self,
        _: &str,
        command: ApprovalCommand,
        by: &CommandContext,
    ) -> Result<ApprovalCommand, DispatchError> {
        let ApprovalCommand::RequestApproval(request) = command else {
            return Ok(command);
        };
        // A process that brings the stages itself (a workflow's gate) needs no policy.
        let asks = match &request.asks {
            Some(asks) => Some(asks.clone()),
            None => self.asks(by.tenant, &request).await?,
        };
        if let Some(asks) = &asks {
            self.electorate.can_answer(asks, by).await?;
        }
        Ok(RequestApproval { asks, ..request }.into())
    }
}

impl ApprovalSteps {
    async fn asks(
        &self,
        tenant: TenantId,
        request: &RequestApproval,
    ) -> Result<Option<Asks>, DispatchError> {
        let kind = &request.resource_type;
        let own = self
            .policies
            .load(&policy_id(tenant, kind).to_string())
            .await?;
        let Some(policy) = own.aggregate.policy.or_else(|| Policy::built_in(kind)) else {
            return Ok(None);
        };
        Ok(policy.stages(&request.context).map(|stages| Asks {
            stages: stages.to_vec(),
            distinct_across_stages: policy.distinct_across_stages,
            channels: policy.channels.clone(),
        }))
    }
}

/// Tells approvals what time it is.
pub struct ApprovalClock {
    /// The node.
    pub app: App,
}

#[async_trait]
impl Process for ApprovalClock {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn tick(&self) -> Result<(), ProcessError> {
        let now = self.app.clock.now();
        for due in overdue(&self.app.reads, now).await.map_err(away)? {
            let deadline = due.deadline;
            if due.escalates {
                self.tell(&due, "escalate", Escalate { deadline }).await?;
            } else {
                self.tell(&due, "expire", Expire { deadline }).await?;
            }
        }
        for due in to_remind(&self.app.reads, now).await.map_err(away)? {
            let deadline = due.deadline;
            self.tell(&due, "remind", Remind { deadline }).await?;
        }
        Ok(())
    }
}

impl ApprovalClock {
    async fn tell(
        &self,
        due: &Due,
        what: &str,
        command: impl Into<ApprovalCommand>,
    ) -> Result<(), ProcessError> {
        let id = due.id.to_string();
        let key = [
            NAME,
            what,
            &id,
            &due.deadline.timestamp_millis().to_string(),
        ];
        let by = CommandContext::new(
            TenantId::new(due.tenant),
            Actor::policy(NAME),
            Some(CommandId::of_key(&key)),
        );
        settle(self.app.commands.approvals.dispatch(&id, command, by).await)
    }
}

fn away(error: pantheon_projections::QueryError) -> ProcessError {
    ProcessError::Retry(error.to_string())
}
