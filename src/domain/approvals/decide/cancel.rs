//! Taking a request back.

use pantheon_events::ActorKind;
use pantheon_events::approvals::{
    ApprovalCancelled, ApprovalEvent, ApprovalStatus, CancelApproval,
};

use super::super::{Approval, ApprovalError};
use super::stages::pending;
use crate::domain::Asked;

pub(in super::super) fn cancel(
    approval: &Approval,
    asked: &Asked<CancelApproval>,
) -> Result<Vec<ApprovalEvent>, ApprovalError> {
    let actor = &asked.by.actor;
    let asker = approval.requested.as_ref().is_some_and(|request| {
        request.requester_id == actor.id || request.acts_for.as_deref() == Some(&actor.id)
    });
    let pantheon = matches!(actor.kind, ActorKind::Policy | ActorKind::System);
    if !asker && !pantheon && asked.by.role != Some("admin") {
        return Err(match asked.by.role {
            // They see their own approvals and those that name them; of others they learn nothing.
            role @ (None | Some("viewer")) if !named(approval, &actor.id, role) => {
                ApprovalError::NotVisible
            }
            _ => ApprovalError::NotRequester,
        });
    }
    if approval.status == ApprovalStatus::Cancelled {
        return Ok(vec![]);
    }
    let (request, stage) = pending(approval)?;
    let cancelled = ApprovalCancelled {
        approval_id: request.approval_id,
        subject: request.subject.clone(),
        reason: asked.command.reason.clone(),
        stage: stage.index,
        granted: stage.granted(),
        required: stage.rule.required,
    };
    Ok(vec![cancelled.into()])
}

fn named(approval: &Approval, who: &str, role: Option<&str>) -> bool {
    let mut stages = approval.stages.iter();
    stages.any(|stage| stage.rule.approvers.name(who, role))
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::*;

    fn back() -> CancelApproval {
        CancelApproval { reason: None }
    }

    #[tokio::test]
    async fn the_requester_and_admins_take_it_back() {
        for (who, role) in [("alice", "viewer"), ("root", "admin")] {
            given(vec![requested(), opened(0)])
                .when_async(in_role(role, by(who, back())))
                .await
                .then_expect_events(vec![cancelled()]);
        }
    }

    #[tokio::test]
    async fn nobody_else_does() {
        given(vec![requested(), opened(0)])
            .when_async(in_role("developer", by("bob", back())))
            .await
            .then_expect_error(ApprovalError::NotRequester);
    }

    #[tokio::test]
    async fn who_may_not_see_it_learns_nothing_of_it() {
        given(vec![requested(), opened(0)])
            .when_async(in_role("viewer", by("bob", back())))
            .await
            .then_expect_error(ApprovalError::NotVisible);
    }

    #[tokio::test]
    async fn twice_is_once_and_a_decided_one_stays() {
        given(vec![requested(), opened(0), cancelled()])
            .when_async(in_role("viewer", by("alice", back())))
            .await
            .then_expect_events(vec![]);
        given(approved())
            .when_async(in_role("viewer", by("alice", back())))
            .await
            .then_expect_error(ApprovalError::Closed("approved"));
    }
}
