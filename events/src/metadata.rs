//! What is stored beside an event's payload.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Actor, EventId, TenantId};

/// The `metadata` column: who, for whom, and because of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The organisation or personal space that the event belongs to.
    pub tenant: TenantId,
    /// Who asked.
    pub actor: Actor,
    /// Groups everything that follows from one outside request.
    pub correlation_id: Uuid,
    /// The event that made a process send the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<EventId>,
    /// The HTTP or NATS request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// W3C trace context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}
