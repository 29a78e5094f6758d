//! Asking for an approval.

use chrono::TimeDelta;
use pantheon_events::approvals::{
    ApprovalEvent, ApprovalRequested, ApprovalStatus, RequestApproval,
};
use pantheon_events::{Actor, ActorKind, ApprovalId};

use super::super::{Approval, ApprovalError};
use super::stages::{kept, open, satisfiable};
use crate::domain::Asked;

pub(in super::super) fn request(
    approval: &Approval,
    asked: &Asked<RequestApproval>,
) -> Result<Vec<ApprovalEvent>, ApprovalError> {
    // What was approved earlier is no obstacle: it gives way to the new request.
    if approval.status == ApprovalStatus::Pending && approval.requested.is_some() {
        return Err(ApprovalError::AlreadyPending);
    }
    let approval_id = own_id(asked)?;
    let command = &asked.command;
    let asks = command.asks.as_ref().filter(|asks| !asks.stages.is_empty());
    let asks = asks.ok_or(ApprovalError::NoPolicy)?;
    let (requester_id, acts_for) = requester(&asked.by.actor);
    let barred = [
        requester_id.as_str(),
        acts_for.as_deref().unwrap_or(&requester_id),
    ];
    if let Some(stage) = asks
        .stages
        .iter()
        .find(|stage| !satisfiable(stage, &barred, 0))
    {
        return Err(ApprovalError::Unsatisfiable(stage.name.clone()));
    }
    let first = asks.stages.first().ok_or(ApprovalError::NoPolicy)?;
    let opened = open(approval_id, 0, first, asked.at);
    let whole: i64 = asks.stages.iter().map(|stage| stage.timeout_seconds).sum();
    let requested = ApprovalRequested {
        approval_id,
        subject: command.subject(),
        requester_id,
        acts_for,
        title: command.title.clone(),
        context: command.context.clone(),
        comments: command.comments.clone(),
        stages: asks.stages.clone(),
        distinct_across_stages: asks.distinct_across_stages,
        channels: asks.channels.clone(),
        expires_at: kept(asked.at + TimeDelta::seconds(whole)),
        stage: opened.stage,
        granted: opened.granted,
        required: opened.required,
    };
    Ok(vec![requested.into(), opened.into()])
}

/// What people and agents ask lives on the subject's own stream. Processes derive their ids from
/// what they guard, which nobody else can take.
fn own_id(asked: &Asked<RequestApproval>) -> Result<ApprovalId, ApprovalError> {
    let subject = asked.command.subject().approval_id(asked.by.tenant);
    let asker = asked.by.actor.kind;
    match asked.id.parse::<ApprovalId>() {
        Ok(id) if id == subject => Ok(id),
        Ok(id) if matches!(asker, ActorKind::Policy | ActorKind::System) => Ok(id),
        _ => Err(ApprovalError::OtherId(subject)),
    }
}

/// Who asks, and for whom: a process asks in the name of whoever set it off.
#[must_use]
pub fn requester(actor: &Actor) -> (String, Option<String>) {
    match (actor.kind, &actor.on_behalf_of) {
        (ActorKind::Policy | ActorKind::System, Some(person)) => (person.clone(), None),
        (_, acts_for) => (actor.id.clone(), acts_for.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::*;
    use super::*;

    #[tokio::test]
    async fn a_request_opens_the_first_stage() {
        given(vec![])
            .when_async(by("alice", refund()))
            .await
            .then_expect_events(vec![requested(), opened(0)]);
    }

    #[tokio::test]
    async fn one_request_is_pending_per_subject() {
        given(vec![requested(), opened(0)])
            .when_async(by("alice", refund()))
            .await
            .then_expect_error(ApprovalError::AlreadyPending);
    }

    #[tokio::test]
    async fn an_approval_that_was_given_is_no_obstacle_to_the_next_request() {
        given(approved())
            .when_async(by("alice", refund()))
            .await
            .then_expect_events(vec![requested(), opened(0)]);
    }

    #[tokio::test]
    async fn a_closed_one_may_be_requested_again() {
        given(vec![requested(), opened(0), rejected("bob")])
            .when_async(by("alice", refund()))
            .await
            .then_expect_events(vec![requested(), opened(0)]);
    }

    #[tokio::test]
    async fn without_a_rule_there_is_nothing_to_approve() {
        let command = RequestApproval {
            asks: None,
            ..refund()
        };
        given(vec![])
            .when_async(by("alice", command))
            .await
            .then_expect_error(ApprovalError::NoPolicy);
    }

    #[tokio::test]
    async fn a_stage_that_only_the_requester_could_satisfy_is_refused() {
        let mut command = refund();
        if let Some(asks) = &mut command.asks {
            asks.stages[0].approvers.roles.clear();
            asks.stages[0].approvers.user_ids = vec!["alice".to_owned()];
        }
        given(vec![])
            .when_async(by("alice", command))
            .await
            .then_expect_error(ApprovalError::Unsatisfiable("first".to_owned()));
    }

    #[tokio::test]
    async fn a_person_s_request_lives_on_the_subject_s_stream() {
        let mut question = by("alice", refund());
        question.id = "0199aa00-0000-7000-8000-000000000009".into();
        given(vec![])
            .when_async(question)
            .await
            .then_expect_error(ApprovalError::OtherId(id()));
    }
}
