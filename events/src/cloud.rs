//! The outside form of an event: CloudEvents 1.0 JSON (structured mode), the same bytes on NATS,
//! WebSocket, SSE, `GET /events` and in exports.

use std::borrow::Cow;

use bytes::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::{CommandId, Epoch, EventId, Position, RecordedEvent, Sequence, TenantId};

/// `source` of every event of this log.
pub const SOURCE: &str = "/pantheon/main";

/// The attributes of an event on the outside.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct CloudEvent<'a> {
    /// Always `1.0`.
    #[serde(borrow)]
    pub specversion: Cow<'a, str>,
    /// The event id.
    pub id: EventId,
    /// The log it comes from.
    #[serde(borrow)]
    pub source: Cow<'a, str>,
    /// `pantheon.<aggregate>.<event_type>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The aggregate's id.
    #[serde(borrow)]
    pub subject: Cow<'a, str>,
    /// When it was recorded, by the database's clock (RFC 3339, UTC, microseconds).
    pub time: String,
    /// Always `application/json`.
    #[serde(borrow)]
    pub datacontenttype: Cow<'a, str>,
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
    pub onbehalfof: Option<Cow<'a, str>>,
    /// Groups what follows from one request.
    pub correlationid: Uuid,
    /// The causing event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causationid: Option<EventId>,
    /// The command.
    pub commandid: CommandId,
    /// W3C trace context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<Cow<'a, str>>,
    /// The payload.
    #[serde(borrow)]
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub data: &'a RawValue,
}

/// Writes the event in its outside form.
#[must_use]
pub fn encode(event: &RecordedEvent) -> Bytes {
    let meta = &event.metadata;
    let cloud = CloudEvent {
        specversion: "1.0".into(),
        id: event.event_id,
        source: SOURCE.into(),
        kind: format!("pantheon.{}.{}", event.aggregate_type, event.event_type),
        subject: event.aggregate_id.as_str().into(),
        time: event
            .recorded_at
            .to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        datacontenttype: "application/json".into(),
        dataschema: format!("/schemas/{}/{}", event.event_type, event.event_version),
        position: event.position,
        sequence: event.sequence,
        epoch: event.epoch,
        tenant: meta.tenant,
        actor: meta.actor.to_string(),
        onbehalfof: meta.actor.on_behalf_of.as_deref().map(Cow::from),
        correlationid: meta.correlation_id,
        causationid: meta.causation_id,
        commandid: event.command_id,
        traceparent: meta.traceparent.as_deref().map(Cow::from),
        data: &event.payload,
    };
    // Only strings, numbers and already valid JSON go in, so writing to memory cannot fail.
    Bytes::from(serde_json::to_vec(&cloud).expect("a CloudEvent of plain fields serialises"))
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;
    use crate::{Actor, Metadata};

    fn event(texts: [String; 4], ids: [u128; 3], payload: String, micros: i64) -> RecordedEvent {
        let [aggregate_type, aggregate_id, event_type, name] = texts;
        let [tenant, event_id, command_id] = ids.map(Uuid::from_u128);
        RecordedEvent {
            position: Position::new(micros),
            epoch: Epoch::new(2),
            aggregate_type,
            aggregate_id,
            sequence: Sequence::new(7),
            event_type,
            event_version: "1".to_owned(),
            payload: RawValue::from_string(payload).expect("JSON"),
            metadata: Metadata {
                tenant: TenantId::new(tenant),
                actor: Actor {
                    on_behalf_of: Some(name.clone()),
                    ..Actor::human(&name)
                },
                correlation_id: command_id,
                causation_id: Some(EventId::new(event_id)),
                request_id: None,
                traceparent: Some(name),
            },
            event_id: EventId::new(event_id),
            command_id: CommandId::new(command_id),
            recorded_at: DateTime::from_timestamp_micros(micros).expect("a time"),
            encoded: OnceLock::new(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_event_comes_back_from_its_outside_form(
            texts in any::<[String; 4]>(),
            ids in any::<[u128; 3]>(),
            text in any::<String>(),
            micros in 0..4_000_000_000_000_000_i64,
        ) {
            let payload = serde_json::json!({ "text": text, "n": [1.5, null] }).to_string();
            let event = event(texts, ids, payload, micros);
            let bytes = encode(&event);
            let cloud: CloudEvent<'_> = serde_json::from_slice(&bytes).expect("it decodes");
            prop_assert_eq!(&*cloud.specversion, "1.0");
            prop_assert_eq!(&*cloud.subject, &event.aggregate_id);
            prop_assert_eq!(cloud.kind, format!("pantheon.{}.{}", event.aggregate_type, event.event_type));
            prop_assert_eq!(crate::time::parse(&cloud.time), Ok(event.recorded_at));
            prop_assert_eq!((cloud.position, cloud.sequence, cloud.epoch), (event.position, event.sequence, event.epoch));
            prop_assert_eq!((cloud.id, cloud.commandid, cloud.tenant), (event.event_id, event.command_id, event.metadata.tenant));
            prop_assert_eq!(cloud.causationid, event.metadata.causation_id);
            prop_assert_eq!(cloud.onbehalfof.as_deref(), event.metadata.actor.on_behalf_of.as_deref());
            prop_assert_eq!(cloud.traceparent.as_deref(), event.metadata.traceparent.as_deref());
            prop_assert_eq!(cloud.data.get(), event.payload.get());
        }

        #[test]
        fn any_bytes_are_an_event_or_none(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = serde_json::from_slice::<CloudEvent<'_>>(&bytes);
        }
    }
}
