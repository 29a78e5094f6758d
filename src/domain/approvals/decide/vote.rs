//! Yes and no.

use chrono::TimeDelta;
use pantheon_events::ActorKind;
use pantheon_events::approvals::{
    ApprovalApproved, ApprovalEvent, ApprovalGranted, ApprovalRejected, ApprovalRequested,
    ApprovalStageCompleted, Approve, Decision, Reject, Stage, Verdict,
};

use super::super::{Approval, ApprovalError};
use super::stages::{kept, open, pending};
use crate::domain::Asked;

/// How long an approval can be used.
const USABLE: TimeDelta = TimeDelta::days(1);

pub(in super::super) fn approve(
    approval: &Approval,
    asked: &Asked<Approve>,
) -> Result<Vec<ApprovalEvent>, ApprovalError> {
    let command = &asked.command;
    let (request, stage) = may_decide(approval, asked)?;
    let granted = stage.granted() + 1;
    let (approval_id, required) = (request.approval_id, stage.rule.required);
    let decision = Decision {
        user_id: asked.by.actor.id.clone(),
        decision: Verdict::Approve,
        comments: command.comments.clone(),
        conditions: command.conditions.clone(),
        decided_at: kept(asked.at),
    };
    let index = stage.index;
    let mut events: Vec<ApprovalEvent> = vec![
        ApprovalGranted {
            approval_id,
            stage: index,
            granted,
            required,
            decision,
        }
        .into(),
    ];
    if granted < required {
        return Ok(events);
    }
    events.push(
        ApprovalStageCompleted {
            approval_id,
            stage: index,
            granted,
            required,
        }
        .into(),
    );
    events.push(
        match approval.stages.iter().find(|next| next.index == index + 1) {
            Some(next) => open(approval_id, next.index, &next.rule, asked.at).into(),
            None => ApprovalApproved {
                approval_id,
                subject: request.subject.clone(),
                approver_id: asked.by.actor.id.clone(),
                approved_at: kept(asked.at),
                expires_at: kept(asked.at + USABLE),
                stage: index,
                granted,
                required,
            }
            .into(),
        },
    );
    Ok(events)
}

pub(in super::super) fn reject(
    approval: &Approval,
    asked: &Asked<Reject>,
) -> Result<Vec<ApprovalEvent>, ApprovalError> {
    let command = &asked.command;
    let (request, stage) = may_decide(approval, asked)?;
    let decision = Decision {
        user_id: asked.by.actor.id.clone(),
        decision: Verdict::Reject,
        comments: Some(command.comments.clone()),
        conditions: command.conditions.clone(),
        decided_at: kept(asked.at),
    };
    let rejected = ApprovalRejected {
        approval_id: request.approval_id,
        subject: request.subject.clone(),
        stage: stage.index,
        granted: stage.granted(),
        required: stage.rule.required,
        decision,
    };
    Ok(vec![rejected.into()])
}

/// Who may: a person whom the open stage names, who neither asked nor decided before.
fn may_decide<'a, C>(
    approval: &'a Approval,
    asked: &Asked<C>,
) -> Result<(&'a ApprovalRequested, &'a Stage), ApprovalError> {
    let actor = &asked.by.actor;
    if actor.kind != ActorKind::Human {
        return Err(ApprovalError::NotHuman);
    }
    let (request, stage) = pending(approval)?;
    let over = stage.deadline.is_some_and(|deadline| deadline <= asked.at);
    if over && !stage.escalates() {
        return Err(ApprovalError::Closed("expired"));
    }
    let asker = [Some(&request.requester_id), request.acts_for.as_ref()];
    let me = [Some(&actor.id), actor.on_behalf_of.as_ref()];
    if me.iter().flatten().any(|me| asker.contains(&Some(*me))) {
        return Err(ApprovalError::FourEyes);
    }
    let decided = |stage: &Stage| stage.decisions.iter().any(|one| one.user_id == actor.id);
    let before = match request.distinct_across_stages {
        true => approval.stages.iter().any(decided),
        false => decided(stage),
    };
    if before {
        return Err(ApprovalError::AlreadyDecided);
    }
    if !stage.rule.approvers.name(&actor.id, asked.by.role) {
        return Err(ApprovalError::NotNamed);
    }
    Ok((request, stage))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pantheon_events::{Actor, CommandContext};

    use super::super::given::*;
    use super::*;

    #[tokio::test]
    async fn the_last_yes_of_a_stage_opens_the_next() {
        given(vec![requested(), opened(0)])
            .when_async(by("bob", yes()))
            .await
            .then_expect_events(vec![granted(0, "bob"), completed(0), opened(1)]);
    }

    #[tokio::test]
    async fn the_last_yes_of_the_last_stage_approves() {
        given(vec![
            requested(),
            opened(0),
            granted(0, "bob"),
            completed(0),
            opened(1),
        ])
        .when_async(by("carol", yes()))
        .await
        .then_expect_events(approved().split_off(5));
    }

    #[tokio::test]
    async fn one_rejection_ends_it() {
        given(vec![requested(), opened(0)])
            .when_async(by("bob", no()))
            .await
            .then_expect_events(vec![rejected("bob")]);
    }

    #[tokio::test]
    async fn who_asked_does_not_decide() {
        for command in [Ok(yes()), Err(no())] {
            let question = match command {
                Ok(yes) => by("alice", yes),
                Err(no) => by("alice", no),
            };
            given(vec![requested(), opened(0)])
                .when_async(question)
                .await
                .then_expect_error(ApprovalError::FourEyes);
        }
    }

    #[tokio::test]
    async fn whom_the_requester_acts_for_does_not_decide() {
        let mut request = requested();
        if let ApprovalEvent::ApprovalRequested(request) = &mut request {
            request.acts_for = Some("bob".to_owned());
        }
        given(vec![request, opened(0)])
            .when_async(by("bob", yes()))
            .await
            .then_expect_error(ApprovalError::FourEyes);
    }

    #[tokio::test]
    async fn who_is_not_named_does_not_decide() {
        given(vec![requested(), opened(0)])
            .when_async(in_role("viewer", by("bob", yes())))
            .await
            .then_expect_error(ApprovalError::NotNamed);
    }

    #[tokio::test]
    async fn one_person_counts_once_over_all_stages() {
        given(vec![
            requested(),
            opened(0),
            granted(0, "bob"),
            completed(0),
            opened(1),
        ])
        .when_async(by("bob", yes()))
        .await
        .then_expect_error(ApprovalError::AlreadyDecided);
    }

    #[tokio::test]
    async fn a_closed_one_is_not_decided() {
        given(vec![requested(), opened(0), rejected("bob")])
            .when_async(by("carol", yes()))
            .await
            .then_expect_error(ApprovalError::Closed("rejected"));
    }

    #[tokio::test]
    async fn after_the_deadline_it_is_too_late() {
        let mut question = by("bob", yes());
        question.at += TimeDelta::seconds(600);
        given(vec![requested(), opened(0)])
            .when_async(question)
            .await
            .then_expect_error(ApprovalError::Closed("expired"));
    }

    #[tokio::test]
    async fn agents_processes_and_the_system_never_decide() {
        for actor in [
            Actor::agent("codegen"),
            Actor::policy("clock"),
            Actor::system("node"),
        ] {
            let mut question = by("bob", yes());
            let old: CommandContext = (*question.by).clone();
            question.by = Arc::new(CommandContext { actor, ..old });
            given(vec![requested(), opened(0)])
                .when_async(question)
                .await
                .then_expect_error(ApprovalError::NotHuman);
        }
    }
}
