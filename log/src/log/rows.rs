//! From rows of the table to events.

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use pantheon_events::{CommandId, EventId, Position, RecordedEvent, Sequence};
use serde_json::value::RawValue;
use sqlx::types::Json;
use uuid::Uuid;

use crate::ReadError;
use crate::log::epochs::Epochs;

/// A row of the table `events`.
#[derive(Debug)]
pub struct Row {
    pub position: i64,
    pub aggregate_type: String,
    pub aggregate_id: String,
    pub sequence: i64,
    pub event_type: String,
    pub event_version: String,
    pub payload: Json<Box<RawValue>>,
    pub metadata: Json<Box<RawValue>>,
    pub event_id: Uuid,
    pub command_id: Uuid,
    pub recorded_at: DateTime<Utc>,
    /// The newest epoch in the statement's snapshot.
    pub newest_epoch: Option<i64>,
}

impl Row {
    /// About how many bytes it takes.
    pub fn size(&self) -> usize {
        self.payload.get().len() + self.metadata.get().len() + 256
    }

    /// The event, in its lineage.
    pub fn event(self, epochs: &Epochs) -> Result<Arc<RecordedEvent>, ReadError> {
        let position = Position::new(self.position);
        let metadata =
            serde_json::from_str(self.metadata.get()).map_err(|error| ReadError::Corrupt {
                position,
                message: format!("metadata: {error}"),
            })?;
        Ok(Arc::new(RecordedEvent {
            position,
            epoch: epochs.of(position),
            aggregate_type: self.aggregate_type,
            aggregate_id: self.aggregate_id,
            sequence: Sequence::new(self.sequence),
            event_type: self.event_type,
            event_version: self.event_version,
            payload: self.payload.0,
            metadata,
            event_id: EventId::new(self.event_id),
            command_id: CommandId::new(self.command_id),
            recorded_at: self.recorded_at,
            encoded: OnceLock::new(),
        }))
    }
}

/// A failed read: a row that cannot be decoded is no outage.
pub fn read_error(error: sqlx::Error, at: Position) -> ReadError {
    match error {
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => ReadError::Corrupt {
            position: at,
            message: error.to_string(),
        },
        other => ReadError::Unavailable(other),
    }
}
