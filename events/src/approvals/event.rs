//! What happened to an approval, and to a policy.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Approvers, Decision, Policy, StageRule, Subject};
use crate::{ApprovalId, CommandId, events};

/// People were asked. On a stream whose earlier request is over, a new one begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalRequested {
    /// The approval.
    pub approval_id: ApprovalId,
    /// What it is about.
    pub subject: Subject,
    /// Who asks.
    pub requester_id: String,
    /// Whom the requester acts for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acts_for: Option<String>,
    /// What is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What the deciders should know.
    #[serde(default)]
    pub context: Map<String, Value>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
    /// The stages, as the policy asked at that moment.
    pub stages: Vec<StageRule>,
    /// Whether one person counts in one stage only.
    pub distinct_across_stages: bool,
    /// Where it is told.
    #[serde(default)]
    pub channels: Vec<String>,
    /// When it is over at the latest, without escalations.
    pub expires_at: DateTime<Utc>,
    /// The stage that comes first.
    #[serde(default)]
    pub stage: u32,
    /// How many said yes in it.
    #[serde(default)]
    pub granted: u32,
    /// How many have to.
    #[serde(default)]
    pub required: u32,
}

/// A stage waits for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalStageOpened {
    /// The approval.
    pub approval_id: ApprovalId,
    /// The stage, from 0.
    pub stage: u32,
    /// Its name.
    pub name: String,
    /// Who may decide.
    pub approvers: Approvers,
    /// How many said yes.
    pub granted: u32,
    /// How many have to.
    pub required: u32,
    /// When it times out.
    pub deadline: DateTime<Utc>,
    /// When a reminder is due.
    pub remind_at: DateTime<Utc>,
}

/// Somebody said yes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalGranted {
    /// The approval.
    pub approval_id: ApprovalId,
    /// The stage.
    pub stage: u32,
    /// How many said yes by now.
    pub granted: u32,
    /// How many have to.
    pub required: u32,
    /// Who, when and why.
    pub decision: Decision,
}

/// Enough said yes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalStageCompleted {
    /// The approval.
    pub approval_id: ApprovalId,
    /// The stage.
    pub stage: u32,
    /// How many said yes.
    pub granted: u32,
    /// How many had to.
    pub required: u32,
}

/// Every stage said yes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalApproved {
    /// The approval.
    pub approval_id: ApprovalId,
    /// What may be done now.
    pub subject: Subject,
    /// The last who decided.
    pub approver_id: String,
    /// When.
    pub approved_at: DateTime<Utc>,
    /// Until when it can be used.
    pub expires_at: DateTime<Utc>,
    /// The stage that came last.
    #[serde(default)]
    pub stage: u32,
    /// How many said yes in it.
    #[serde(default)]
    pub granted: u32,
    /// How many have to.
    #[serde(default)]
    pub required: u32,
}

/// Somebody said no.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalRejected {
    /// The approval.
    pub approval_id: ApprovalId,
    /// What may not be done.
    pub subject: Subject,
    /// The stage.
    pub stage: u32,
    /// How many said yes before.
    pub granted: u32,
    /// How many had to.
    pub required: u32,
    /// Who, when and why.
    pub decision: Decision,
}

/// The request was taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalCancelled {
    /// The approval.
    pub approval_id: ApprovalId,
    /// What it was about.
    pub subject: Subject,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The stage that was open.
    #[serde(default)]
    pub stage: u32,
    /// How many said yes in it.
    #[serde(default)]
    pub granted: u32,
    /// How many have to.
    #[serde(default)]
    pub required: u32,
}

/// Half of a stage's time is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalReminded {
    /// The approval.
    pub approval_id: ApprovalId,
    /// The stage.
    pub stage: u32,
    /// How many said yes.
    pub granted: u32,
    /// How many have to.
    pub required: u32,
    /// When it times out.
    pub deadline: DateTime<Utc>,
}

/// A stage timed out and others may decide it too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalEscalated {
    /// The approval.
    pub approval_id: ApprovalId,
    /// The stage.
    pub stage: u32,
    /// Who may decide too.
    pub approvers: Approvers,
    /// How many said yes.
    pub granted: u32,
    /// How many have to.
    pub required: u32,
    /// When it times out now.
    pub deadline: DateTime<Utc>,
    /// When a reminder is due.
    pub remind_at: DateTime<Utc>,
}

/// Nobody decided in time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalExpired {
    /// The approval.
    pub approval_id: ApprovalId,
    /// What it was about.
    pub subject: Subject,
    /// The stage.
    pub stage: u32,
    /// How many said yes.
    pub granted: u32,
    /// How many had to.
    pub required: u32,
}

/// The approval was used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalConsumed {
    /// The approval.
    pub approval_id: ApprovalId,
    /// For what.
    pub subject: Subject,
    /// By which command.
    pub by_command: CommandId,
    /// When.
    pub consumed_at: DateTime<Utc>,
    /// The last stage. The events of before this field do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<u32>,
    /// How many said yes in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted: Option<u32>,
    /// How many had to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<u32>,
}

events! {
    /// The events of one approval.
    pub enum ApprovalEvent for "approval" {
        ApprovalRequested = "approval_requested" @ "1",
        ApprovalStageOpened = "approval_stage_opened" @ "1",
        ApprovalGranted = "approval_granted" @ "1",
        ApprovalStageCompleted = "approval_stage_completed" @ "1",
        ApprovalApproved = "approval_approved" @ "1",
        ApprovalRejected = "approval_rejected" @ "1",
        ApprovalCancelled = "approval_cancelled" @ "1",
        ApprovalReminded = "approval_reminded" @ "1",
        ApprovalEscalated = "approval_escalated" @ "1",
        ApprovalExpired = "approval_expired" @ "1",
        ApprovalConsumed = "approval_consumed" @ "1",
    }
}

/// A policy is in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalPolicyDefined {
    /// The kind of thing.
    pub resource_type: String,
    /// What it asks for.
    pub policy: Policy,
}

/// The policy is no longer in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalPolicyRetired {
    /// The kind of thing.
    pub resource_type: String,
}

events! {
    /// The events of one policy.
    pub enum ApprovalPolicyEvent for "approval_policy" {
        ApprovalPolicyDefined = "approval_policy_defined" @ "1",
        ApprovalPolicyRetired = "approval_policy_retired" @ "1",
    }
}
