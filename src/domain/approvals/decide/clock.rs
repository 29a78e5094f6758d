//! What time does. Each command names the deadline it is about, so one that comes late changes
//! nothing.

use pantheon_events::approvals::{
    ApprovalEscalated, ApprovalEvent, ApprovalExpired, ApprovalReminded, Escalate, Expire, Remind,
};

use super::super::{Approval, ApprovalError};
use super::stages::{pending, times};
use crate::domain::Asked;

pub(in super::super) fn remind(
    approval: &Approval,
    command: &Remind,
) -> Result<Vec<ApprovalEvent>, ApprovalError> {
    let (request, stage) = pending(approval)?;
    if approval.reminded || stage.deadline != Some(command.deadline) {
        return Ok(vec![]);
    }
    let reminded = ApprovalReminded {
        approval_id: request.approval_id,
        stage: stage.index,
        granted: stage.granted(),
        required: stage.rule.required,
        deadline: command.deadline,
    };
    Ok(vec![reminded.into()])
}

pub(in super::super) fn escalate(
    approval: &Approval,
    asked: &Asked<Escalate>,
) -> Result<Vec<ApprovalEvent>, ApprovalError> {
    let (request, stage) = pending(approval)?;
    if !stage.escalates() || stage.deadline != Some(asked.command.deadline) {
        return Ok(vec![]);
    }
    let (deadline, remind_at) = times(asked.at, stage.rule.timeout_seconds);
    let escalated = ApprovalEscalated {
        approval_id: request.approval_id,
        stage: stage.index,
        approvers: stage.rule.escalate_to.clone().unwrap_or_default(),
        granted: stage.granted(),
        required: stage.rule.required,
        deadline,
        remind_at,
    };
    Ok(vec![escalated.into()])
}

pub(in super::super) fn expire(
    approval: &Approval,
    command: &Expire,
) -> Result<Vec<ApprovalEvent>, ApprovalError> {
    let (request, stage) = pending(approval)?;
    if stage.escalates() || stage.deadline != Some(command.deadline) {
        return Ok(vec![]);
    }
    let expired = ApprovalExpired {
        approval_id: request.approval_id,
        subject: request.subject.clone(),
        stage: stage.index,
        granted: stage.granted(),
        required: stage.rule.required,
    };
    Ok(vec![expired.into()])
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::super::given::*;
    use super::*;

    fn deadline() -> DateTime<chrono::Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(600)
    }

    #[tokio::test]
    async fn a_stage_is_reminded_of_once() {
        let remind = Remind {
            deadline: deadline(),
        };
        given(vec![requested(), opened(0)])
            .when_async(by("clock", remind.clone()))
            .await
            .then_expect_events(vec![reminded()]);
        given(vec![requested(), opened(0), reminded()])
            .when_async(by("clock", remind))
            .await
            .then_expect_events(vec![]);
    }

    #[tokio::test]
    async fn a_stage_that_nobody_decides_expires() {
        given(vec![requested(), opened(0)])
            .when_async(by(
                "clock",
                Expire {
                    deadline: deadline(),
                },
            ))
            .await
            .then_expect_events(vec![expired()]);
    }

    #[tokio::test]
    async fn another_deadline_changes_nothing() {
        let late = deadline() + TimeDelta::seconds(1);
        given(vec![requested(), opened(0)])
            .when_async(by("clock", Expire { deadline: late }))
            .await
            .then_expect_events(vec![]);
    }

    #[tokio::test]
    async fn a_stage_escalates_once_and_then_expires() {
        given(vec![escalating(), opened(0)])
            .when_async(by(
                "clock",
                Escalate {
                    deadline: deadline(),
                },
            ))
            .await
            .then_expect_events(vec![escalated()]);
        given(vec![escalating(), opened(0)])
            .when_async(by(
                "clock",
                Expire {
                    deadline: deadline(),
                },
            ))
            .await
            .then_expect_events(vec![]);
        given(vec![escalating(), opened(0), escalated()])
            .when_async(by(
                "clock",
                Expire {
                    deadline: deadline(),
                },
            ))
            .await
            .then_expect_events(vec![expired()]);
    }

    #[tokio::test]
    async fn those_it_escalates_to_may_decide() {
        given(vec![escalating(), opened(0), escalated()])
            .when_async(in_role("viewer", by("zoe", yes())))
            .await
            .then_expect_events(vec![granted(0, "zoe"), completed(0), opened(1)]);
    }
}
