//! Using an approval up.

use pantheon_events::approvals::{
    ApprovalConsumed, ApprovalEvent, ApprovalStatus, ConsumeApproval, Stage,
};

use super::super::{Approval, ApprovalError};
use super::stages::kept;
use crate::domain::Asked;

pub(in super::super) fn consume(
    approval: &Approval,
    asked: &Asked<ConsumeApproval>,
) -> Result<Vec<ApprovalEvent>, ApprovalError> {
    let command = &asked.command;
    let not_yet = ApprovalError::NotApproved(approval.status.as_str());
    let request = approval.requested.as_ref().ok_or_else(|| not_yet.clone())?;
    if approval.status != ApprovalStatus::Approved {
        return Err(not_yet);
    }
    match approval.consumed_by {
        Some(by) if by == command.by_command => return Ok(vec![]),
        Some(_) => return Err(ApprovalError::Consumed),
        None => {}
    }
    let late = approval.usable_until.is_some_and(|until| until <= asked.at);
    if late || request.subject.subject_digest != command.subject_digest {
        return Err(ApprovalError::Stale);
    }
    let last = approval.stages.last();
    let consumed = ApprovalConsumed {
        approval_id: request.approval_id,
        subject: request.subject.clone(),
        by_command: command.by_command,
        consumed_at: kept(asked.at),
        stage: last.map(|stage| stage.index),
        granted: last.map(Stage::granted),
        required: last.map(|stage| stage.rule.required),
    };
    Ok(vec![consumed.into()])
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::given::*;
    use super::*;

    #[tokio::test]
    async fn an_approval_authorises_one_execution() {
        given(approved())
            .when_async(by("payments", using("d1", "one")))
            .await
            .then_expect_events(vec![consumed()]);
        let mut used = approved();
        used.push(consumed());
        given(used.clone())
            .when_async(by("payments", using("d1", "one")))
            .await
            .then_expect_events(vec![]);
        given(used)
            .when_async(by("payments", using("d1", "two")))
            .await
            .then_expect_error(ApprovalError::Consumed);
    }

    #[tokio::test]
    async fn something_else_than_what_was_shown_is_stale() {
        given(approved())
            .when_async(by("payments", using("d2", "one")))
            .await
            .then_expect_error(ApprovalError::Stale);
    }

    #[tokio::test]
    async fn an_approval_is_used_in_time() {
        let mut question = by("payments", using("d1", "one"));
        question.at += TimeDelta::days(2);
        given(approved())
            .when_async(question)
            .await
            .then_expect_error(ApprovalError::Stale);
    }

    #[tokio::test]
    async fn what_is_not_approved_is_not_used() {
        given(vec![requested(), opened(0)])
            .when_async(by("payments", using("d1", "one")))
            .await
            .then_expect_error(ApprovalError::NotApproved("pending"));
    }
}
