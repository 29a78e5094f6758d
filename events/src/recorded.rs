//! An event as the log holds it.

use std::sync::OnceLock;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::value::RawValue;

use crate::{CommandId, Epoch, EventId, Metadata, Position, Sequence, cloud};

/// One committed event. It is shared between all followers of a node, and its outside form is
/// encoded once.
#[derive(Debug)]
pub struct RecordedEvent {
    /// Its place in the log.
    pub position: Position,
    /// The lineage of the log that it was written in.
    pub epoch: Epoch,
    /// The kind of stream.
    pub aggregate_type: String,
    /// The stream's id.
    pub aggregate_id: String,
    /// Its place in the stream.
    pub sequence: Sequence,
    /// What happened, in the past tense.
    pub event_type: String,
    /// The version of the payload's schema.
    pub event_version: String,
    /// The payload, byte for byte as stored.
    pub payload: Box<RawValue>,
    /// Who, for whom, because of what.
    pub metadata: Metadata,
    /// The event's id.
    pub event_id: EventId,
    /// The command that it follows from.
    pub command_id: CommandId,
    /// The database's clock at the append.
    pub recorded_at: DateTime<Utc>,
    /// The CloudEvent, filled at first use.
    pub encoded: OnceLock<Bytes>,
}

impl RecordedEvent {
    /// The event as a CloudEvents 1.0 JSON object, encoded once and shared by every door.
    pub fn cloud_event(&self) -> &Bytes {
        self.encoded.get_or_init(|| cloud::encode(self))
    }
}
