//! Events for unit tests.

use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use pantheon_events::{
    Actor, CommandId, Epoch, EventId, Metadata, Position, RecordedEvent, Sequence, TenantId,
};
use serde_json::value::RawValue;

/// An event of the default organisation.
pub fn event(position: i64, aggregate: &str, id: &str, event_type: &str) -> RecordedEvent {
    with_payload(position, aggregate, id, event_type, "{}".to_owned())
}

/// An event with a payload of about this many bytes.
pub fn sized_event(position: i64, bytes: usize) -> RecordedEvent {
    let payload = format!("{{\"text\":\"{}\"}}", "x".repeat(bytes));
    with_payload(position, "task", "a", "task_created", payload)
}

/// An event with this payload.
pub fn with_payload(
    position: i64,
    aggregate: &str,
    id: &str,
    event_type: &str,
    payload: String,
) -> RecordedEvent {
    let command_id = CommandId::generate();
    RecordedEvent {
        position: Position::new(position),
        epoch: Epoch::new(1),
        aggregate_type: aggregate.to_owned(),
        aggregate_id: id.to_owned(),
        sequence: Sequence::new(position),
        event_type: event_type.to_owned(),
        event_version: "1".to_owned(),
        payload: RawValue::from_string(payload).expect("a test's payload is JSON"),
        metadata: Metadata {
            tenant: TenantId::default_organization(),
            actor: Actor::system("test"),
            correlation_id: command_id.as_uuid(),
            causation_id: None,
            request_id: None,
            traceparent: None,
        },
        event_id: EventId::generate(),
        command_id,
        recorded_at: DateTime::<Utc>::UNIX_EPOCH,
        encoded: OnceLock::new(),
    }
}
