//! The words of the trail.

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::sealed::Sealed;
use crate::{ActorKind, TenantId};

/// Who was at the door, and from where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Visitor {
    /// A person (or a script with an operator's token), or an agent.
    pub kind: ActorKind,
    /// A user's UUID, an operator's name or an agent's id.
    #[garde(length(chars, min = 1, max = 255))]
    pub id: String,
    /// Whose key the texts below are sealed with: the user, or a UUID that follows from kind and id.
    pub subject: Uuid,
    /// Where from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<Sealed>,
    /// With what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<Sealed>,
}

/// Where somebody was, and how often within a minute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Visits {
    /// `GET`, `POST` …, or `NATS`.
    #[garde(length(chars, min = 1, max = 16))]
    pub method: String,
    /// The route as the router has it, with its braces: no ids.
    #[garde(length(chars, min = 1, max = 255))]
    pub route: String,
    /// So many alike.
    #[garde(range(min = 1))]
    pub count: u64,
    /// When the first of them was.
    pub first_at: DateTime<Utc>,
    /// When the last of them was.
    pub last_at: DateTime<Utc>,
}

/// The trail of somebody in a tenant.
#[must_use]
pub fn trail_id(tenant: TenantId, kind: ActorKind, id: &str) -> Uuid {
    let kind = match kind {
        ActorKind::Human => "human",
        ActorKind::Agent => "agent",
        ActorKind::Policy => "policy",
        ActorKind::System => "system",
    };
    crate::UserId::of_key(&["access trail", &tenant.to_string(), kind, id]).as_uuid()
}
