//! What can be asked of an approval, and of a policy.

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{PolicyRule, StageRule, Subject};
use crate::{CommandId, commands};

/// What the policy in force asks for, put in by Pantheon before the request is decided. It never
/// comes from a caller.
#[derive(Clone, Debug, PartialEq)]
pub struct Asks {
    /// The stages; none = no rule asks for an approval.
    pub stages: Vec<StageRule>,
    /// Whether one person counts in one stage only.
    pub distinct_across_stages: bool,
    /// Where it is told.
    pub channels: Vec<String>,
}

/// Asks people to decide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RequestApproval {
    /// The kind of thing.
    #[garde(length(chars, min = 1, max = 64))]
    pub resource_type: String,
    /// The thing.
    #[garde(skip)]
    pub resource_id: Uuid,
    /// What is asked, in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 200))]
    pub title: Option<String>,
    /// What the deciders should know; rules look at `amount`, `currency`, `environment`,
    /// `risk_level`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[garde(skip)]
    pub context: Map<String, Value>,
    /// A digest of what exactly is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 200))]
    pub subject_digest: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 2000))]
    pub comments: Option<String>,
    /// What the policy asks for.
    #[serde(skip)]
    #[garde(skip)]
    pub asks: Option<Asks>,
}

impl RequestApproval {
    /// What it is about.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject {
            resource_type: self.resource_type.clone(),
            resource_id: self.resource_id,
            subject_digest: self.subject_digest.clone(),
        }
    }
}

/// Says yes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 2000))]
    pub comments: Option<String>,
    /// Under which conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = 20), inner(length(chars, min = 1, max = 500)))]
    pub conditions: Vec<String>,
}

/// Says no.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Reject {
    /// Why.
    #[garde(length(chars, max = 2000), custom(said))]
    pub comments: String,
    /// What would have to change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[garde(length(max = 20), inner(length(chars, min = 1, max = 500)))]
    pub conditions: Vec<String>,
}

/// Takes the request back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CancelApproval {
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, max = 2000))]
    pub reason: Option<String>,
}

/// Half of the open stage's time is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Remind {
    /// The stage's deadline: a clock that looked too early or too late changes nothing.
    #[serde(deserialize_with = "crate::time::required")]
    #[garde(skip)]
    pub deadline: DateTime<Utc>,
}

/// The open stage's time is over, and others are named.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Escalate {
    /// The deadline that has passed.
    #[serde(deserialize_with = "crate::time::required")]
    #[garde(skip)]
    pub deadline: DateTime<Utc>,
}

/// The open stage's time is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Expire {
    /// The deadline that has passed.
    #[serde(deserialize_with = "crate::time::required")]
    #[garde(skip)]
    pub deadline: DateTime<Utc>,
}

/// Uses the approval up, for exactly one execution of what was shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ConsumeApproval {
    /// The digest of what is about to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 200))]
    pub subject_digest: Option<String>,
    /// The command that does it.
    #[garde(skip)]
    pub by_command: CommandId,
}

commands! {
    /// The commands of one approval.
    pub enum ApprovalCommand for "approval" {
        RequestApproval = "request_approval" creates,
        Approve = "approve",
        Reject = "reject",
        CancelApproval = "cancel_approval",
        Remind = "remind",
        Escalate = "escalate",
        Expire = "expire",
        ConsumeApproval = "consume_approval",
    }
}

const fn yes() -> bool {
    true
}

/// Puts a policy in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DefineApprovalPolicy {
    /// The kind of thing.
    #[garde(length(chars, min = 1, max = 64))]
    pub resource_type: String,
    /// The rules; the first that applies wins. None: no approval is needed.
    #[garde(length(max = 50), dive)]
    pub rules: Vec<PolicyRule>,
    /// Whether a stage must be satisfiable without any single one of its people.
    #[serde(default = "yes")]
    #[garde(skip)]
    pub four_eyes: bool,
    /// Whether one person counts in one stage only.
    #[serde(default = "yes")]
    #[garde(skip)]
    pub distinct_across_stages: bool,
    /// Where it is told.
    #[serde(default)]
    #[garde(length(max = 50), inner(length(chars, min = 1, max = 100)))]
    pub channels: Vec<String>,
}

/// Takes the policy out of force; a built-in one is in force again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RetireApprovalPolicy {}

commands! {
    /// The commands of one policy.
    pub enum ApprovalPolicyCommand for "approval_policy" {
        DefineApprovalPolicy = "define_approval_policy" creates,
        RetireApprovalPolicy = "retire_approval_policy",
    }
}

fn said(text: &str, _: &()) -> garde::Result {
    match text.trim().is_empty() {
        true => Err(garde::Error::new("is empty; say why")),
        false => Ok(()),
    }
}
