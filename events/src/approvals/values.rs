//! The words of approvals.

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ApprovalId, TenantId};

/// How far an approval is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalStatus {
    /// Waits for people.
    #[default]
    Pending,
    /// Every stage said yes.
    Approved,
    /// Somebody said no.
    Rejected,
    /// Nobody said anything in time.
    Expired,
    /// Taken back.
    Cancelled,
}

impl ApprovalStatus {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What an approval is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// The kind of thing: `payment_refund`, `deployment` …
    pub resource_type: String,
    /// The thing.
    pub resource_id: Uuid,
    /// A digest of what is to be done to it, when more than one thing can be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject_digest: Option<String>,
}

impl Subject {
    /// The stream of everybody's requests for this subject: that there is one stream is what keeps
    /// a second pending request away.
    #[must_use]
    pub fn approval_id(&self, tenant: TenantId) -> ApprovalId {
        ApprovalId::of_key(&[
            "approval",
            &tenant.to_string(),
            &self.resource_type,
            &self.resource_id.to_string(),
            self.subject_digest.as_deref().unwrap_or_default(),
        ])
    }
}

/// Who may decide a stage: anybody with one of the roles, and these people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Approvers {
    /// `admin`, `developer`, `viewer`.
    #[serde(default)]
    #[garde(length(max = 10), inner(length(chars, min = 1, max = 40)))]
    pub roles: Vec<String>,
    /// People.
    #[serde(default)]
    #[garde(length(max = 100), inner(length(chars, min = 1, max = 100)))]
    pub user_ids: Vec<String>,
}

impl Approvers {
    /// Whether a person is named, by id or by role.
    #[must_use]
    pub fn name(&self, user: &str, role: Option<&str>) -> bool {
        self.user_ids.iter().any(|id| id == user)
            || role.is_some_and(|role| self.roles.iter().any(|named| named == role))
    }

    /// Whether nobody at all is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.roles.is_empty() && self.user_ids.is_empty()
    }
}

/// What happens to a stage that nobody decides in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnTimeout {
    /// The approval ends.
    #[default]
    Expire,
    /// Others may decide too, once, for the same time again.
    Escalate,
}

/// How far a stage is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StageStatus {
    /// An earlier one is open.
    #[default]
    Waiting,
    /// Waits for people.
    Open,
    /// Enough said yes.
    Approved,
    /// Somebody said no.
    Rejected,
    /// Its time ran out.
    Expired,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Yes.
    Approve,
    /// No.
    Reject,
}

/// What one person decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// Who.
    pub user_id: String,
    /// Yes or no.
    pub decision: Verdict,
    /// Why.
    pub comments: Option<String>,
    /// Under which conditions.
    #[serde(default)]
    pub conditions: Vec<String>,
    /// When.
    pub decided_at: DateTime<Utc>,
}
