//! Events for the unit tests of this crate.

use std::sync::{Arc, OnceLock};

use chrono::Utc;
use pantheon_events::{
    Actor, CommandId, Epoch, EventId, Metadata, Position, RecordedEvent, Sequence, TenantId,
};
use serde_json::value::RawValue;
use uuid::Uuid;

/// An event at `position`.
#[expect(clippy::disallowed_methods, reason = "tests look at no time")]
pub fn event(position: i64) -> Arc<RecordedEvent> {
    Arc::new(RecordedEvent {
        position: Position::new(position),
        epoch: Epoch::new(1),
        aggregate_type: "probe".to_owned(),
        aggregate_id: "one".to_owned(),
        sequence: Sequence::new(position),
        event_type: "probed".to_owned(),
        event_version: "1.0".to_owned(),
        payload: RawValue::from_string("{}".to_owned()).expect("an object"),
        metadata: Metadata {
            tenant: TenantId::default_organization(),
            actor: Actor::system("test"),
            correlation_id: Uuid::nil(),
            causation_id: None,
            request_id: None,
            traceparent: None,
        },
        event_id: EventId::generate(),
        command_id: CommandId::generate(),
        recorded_at: Utc::now(),
        encoded: OnceLock::new(),
    })
}
