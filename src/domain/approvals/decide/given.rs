//! What the rules' tests start from: a refund that two admins have to allow, one after the other.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use pantheon_events::approvals::*;
use pantheon_events::{Actor, ApprovalId, CommandContext, CommandId, TenantId};
use uuid::Uuid;

use super::super::Approval;
use crate::domain::Asked;

const START: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn subject() -> Subject {
    Subject {
        resource_type: "payment_refund".to_owned(),
        resource_id: Uuid::nil(),
        subject_digest: Some("d1".to_owned()),
    }
}

pub fn id() -> ApprovalId {
    subject().approval_id(TenantId::default_organization())
}

pub fn by(who: &str, command: impl Into<ApprovalCommand>) -> Asked<ApprovalCommand> {
    let tenant = TenantId::default_organization();
    Asked {
        command: command.into(),
        id: Arc::from(id().to_string()),
        by: Arc::new(CommandContext {
            role: Some("admin"),
            ..CommandContext::new(tenant, Actor::human(who), None)
        }),
        at: START,
    }
}

/// The same question from somebody in another role than an administrator's.
pub fn in_role(role: &'static str, asked: Asked<ApprovalCommand>) -> Asked<ApprovalCommand> {
    let by = CommandContext {
        role: Some(role),
        ..(*asked.by).clone()
    };
    Asked {
        by: Arc::new(by),
        ..asked
    }
}

pub fn given(events: Vec<ApprovalEvent>) -> AggregateTestExecutor<Approval> {
    TestFramework::<Approval>::with(()).given(events)
}

fn stage(name: &str) -> StageRule {
    StageRule {
        name: name.to_owned(),
        approvers: Approvers {
            roles: vec!["admin".to_owned()],
            user_ids: vec![],
        },
        required: 1,
        timeout_seconds: 600,
        on_timeout: OnTimeout::Expire,
        escalate_to: None,
    }
}

pub fn refund() -> RequestApproval {
    let subject = subject();
    RequestApproval {
        resource_type: subject.resource_type,
        resource_id: subject.resource_id,
        title: None,
        context: serde_json::Map::new(),
        subject_digest: subject.subject_digest,
        comments: None,
        asks: Some(Asks {
            stages: vec![stage("first"), stage("second")],
            distinct_across_stages: true,
            channels: vec![],
        }),
    }
}

fn request(stages: Vec<StageRule>) -> ApprovalEvent {
    ApprovalRequested {
        approval_id: id(),
        subject: subject(),
        requester_id: "alice".to_owned(),
        acts_for: None,
        title: None,
        context: serde_json::Map::new(),
        comments: None,
        stages,
        distinct_across_stages: true,
        channels: vec![],
        expires_at: START + TimeDelta::seconds(1_200),
        stage: 0,
        granted: 0,
        required: 1,
    }
    .into()
}

pub fn requested() -> ApprovalEvent {
    request(vec![stage("first"), stage("second")])
}

fn zoe() -> Approvers {
    Approvers {
        roles: vec![],
        user_ids: vec!["zoe".to_owned()],
    }
}

pub fn escalating() -> ApprovalEvent {
    let mut first = stage("first");
    first.on_timeout = OnTimeout::Escalate;
    first.escalate_to = Some(zoe());
    request(vec![first, stage("second")])
}

pub fn opened(stage: u32) -> ApprovalEvent {
    ApprovalStageOpened {
        approval_id: id(),
        stage,
        name: if stage == 0 { "first" } else { "second" }.to_owned(),
        approvers: Approvers {
            roles: vec!["admin".to_owned()],
            user_ids: vec![],
        },
        granted: 0,
        required: 1,
        deadline: START + TimeDelta::seconds(600),
        remind_at: START + TimeDelta::seconds(300),
    }
    .into()
}

fn decision(who: &str, decision: Verdict, comments: Option<&str>) -> Decision {
    Decision {
        user_id: who.to_owned(),
        decision,
        comments: comments.map(str::to_owned),
        conditions: vec![],
        decided_at: START,
    }
}

pub fn granted(stage: u32, who: &str) -> ApprovalEvent {
    let decision = decision(who, Verdict::Approve, None);
    ApprovalGranted {
        approval_id: id(),
        stage,
        granted: 1,
        required: 1,
        decision,
    }
    .into()
}

pub fn completed(stage: u32) -> ApprovalEvent {
    ApprovalStageCompleted {
        approval_id: id(),
        stage,
        granted: 1,
        required: 1,
    }
    .into()
}

/// Bob and Carol have said yes.
pub fn approved() -> Vec<ApprovalEvent> {
    let end = ApprovalApproved {
        approval_id: id(),
        subject: subject(),
        approver_id: "carol".to_owned(),
        approved_at: START,
        expires_at: START + TimeDelta::days(1),
        stage: 1,
        granted: 1,
        required: 1,
    };
    vec![
        requested(),
        opened(0),
        granted(0, "bob"),
        completed(0),
        opened(1),
        granted(1, "carol"),
        completed(1),
        end.into(),
    ]
}

pub fn rejected(who: &str) -> ApprovalEvent {
    ApprovalRejected {
        approval_id: id(),
        subject: subject(),
        stage: 0,
        granted: 0,
        required: 1,
        decision: decision(who, Verdict::Reject, Some("too much")),
    }
    .into()
}

pub fn cancelled() -> ApprovalEvent {
    ApprovalCancelled {
        approval_id: id(),
        subject: subject(),
        reason: None,
        stage: 0,
        granted: 0,
        required: 1,
    }
    .into()
}

pub fn reminded() -> ApprovalEvent {
    ApprovalReminded {
        approval_id: id(),
        stage: 0,
        granted: 0,
        required: 1,
        deadline: START + TimeDelta::seconds(600),
    }
    .into()
}

pub fn escalated() -> ApprovalEvent {
    ApprovalEscalated {
        approval_id: id(),
        stage: 0,
        approvers: zoe(),
        granted: 0,
        required: 1,
        deadline: START + TimeDelta::seconds(600),
        remind_at: START + TimeDelta::seconds(300),
    }
    .into()
}

pub fn expired() -> ApprovalEvent {
    ApprovalExpired {
        approval_id: id(),
        subject: subject(),
        stage: 0,
        granted: 0,
        required: 1,
    }
    .into()
}

pub fn consumed() -> ApprovalEvent {
    ApprovalConsumed {
        approval_id: id(),
        subject: subject(),
        by_command: CommandId::of_key(&["one"]),
        consumed_at: START,
        stage: Some(1),
        granted: Some(1),
        required: Some(1),
    }
    .into()
}

pub fn using(digest: &str, by: &str) -> ConsumeApproval {
    ConsumeApproval {
        subject_digest: Some(digest.to_owned()),
        by_command: CommandId::of_key(&[by]),
    }
}

pub fn yes() -> Approve {
    Approve {
        comments: None,
        conditions: vec![],
    }
}

pub fn no() -> Reject {
    Reject {
        comments: "too much".to_owned(),
        conditions: vec![],
    }
}
