//! The outside form of an event: CloudEvents 1.0 JSON (structured mode), the same bytes on NATS,
//! WebSocket, SSE, `GET /events` and in exports.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{CommandId, Epoch, EventId, Position, RecordedEvent, Sequence, TenantId};

/// `source` of every event of this log.
pub const SOURCE: &str = "/pantheon/main";

/// The attributes of an event on the outside.
#[derive(Debug, Serialize, Deserialize)]
pub struct CloudEvent<'a> {
    /// Always `1.0`.
    pub specversion: &'a str,
    /// The event id.
    pub id: EventId,
    /// The log it comes from.
    pub source: &'a str,
    /// `pantheon.<aggregate>.<event_type>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The aggregate's id.
    pub subject: &'a str,
    /// When it was recorded, by the database's clock (RFC 3339, UTC, microseconds).
    pub time: String,
    /// Always `application/json`.
    pub datacontenttype: &'a str,
    /// `/schemas/<event_type>/<version>`.
    pub dataschema: String,
    /// Place in the log.
    pub position: Position,
    /// Place in the stream.
    pub sequence: Sequence,
    /// Lineage of the log.
    pub epoch: Epoch,
    /// The organisation or personal space.
    pub tenant: TenantId,
    /// `<kind>:<id>` of who asked.
    pub actor: String,
    /// Whom the actor acted for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onbehalfof: Option<&'a str>,
    /// Groups what follows from one request.
    pub correlationid: Uuid,
    /// The causing event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causationid: Option<EventId>,
    /// The command.
    pub commandid: CommandId,
    /// W3C trace context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<&'a str>,
    /// The payload.
    #[serde(borrow)]
    pub data: &'a RawValue,
}

/// Writes the event in its outside form.
#[must_use]
pub fn encode(event: &RecordedEvent) -> Bytes {
    let meta = &event.metadata;
    let cloud = CloudEvent {
        specversion: "1.0",
        id: event.event_id,
        source: SOURCE,
        kind: format!("pantheon.{}.{}", event.aggregate_type, event.event_type),
        subject: &event.aggregate_id,
        time: event
            .recorded_at
            .to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        datacontenttype: "application/json",
        dataschema: format!("/schemas/{}/{}", event.event_type, event.event_version),
        position: event.position,
        sequence: event.sequence,
        epoch: event.epoch,
        tenant: meta.tenant,
        actor: meta.actor.to_string(),
        onbehalfof: meta.actor.on_behalf_of.as_deref(),
        correlationid: meta.correlation_id,
        causationid: meta.causation_id,
        commandid: event.command_id,
        traceparent: meta.traceparent.as_deref(),
        data: &event.payload,
    };
    // Only strings, numbers and already valid JSON go in, so writing to memory cannot fail.
    Bytes::from(serde_json::to_vec(&cloud).expect("a CloudEvent of plain fields serialises"))
}
