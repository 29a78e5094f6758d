//! Reading by position: one reader with the contiguity check, for everything downstream.

use std::sync::Arc;

use pantheon_events::{Position, RecordedEvent};

/// Events in position order, each exactly `last + 1`.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The events, shared between all readers of the node.
    pub events: Vec<Arc<RecordedEvent>>,
    /// The newest position that this node knows to be committed.
    pub head: Position,
    /// Whether they came from the ring in memory (the reader keeps up with the log).
    pub live: bool,
}

/// How much of the log's end is kept in memory.
#[derive(Clone, Debug)]
pub struct LogOptions {
    /// Events in the ring.
    pub ring_events: usize,
    /// Payload bytes in the ring.
    pub ring_bytes: usize,
}

/// The log, for reading. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Log;
