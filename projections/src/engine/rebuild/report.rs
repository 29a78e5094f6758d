//! What a rebuild found.

use pantheon_events::Position;
use serde::Serialize;

use crate::engine::{ParkedStream, ProjectionSpec};

/// What a rebuild found.
#[derive(Clone, Debug, Serialize)]
pub struct RebuildReport {
    /// The projection.
    pub projection: &'static str,
    /// The version of the rows that were built.
    pub version: i32,
    /// The position that was compared, or, after a swap, at which the new rows took over.
    pub position: Position,
    /// How long it took.
    pub seconds: f64,
    /// One entry per table; empty when nothing was compared (a new version).
    pub tables: Vec<TableReport>,
    /// The streams that could not be applied in the rebuild.
    pub parked: Vec<ParkedStream>,
    /// Whether the new rows have taken over.
    pub swapped: bool,
}

/// The comparison of one table.
#[derive(Clone, Debug, Serialize)]
pub struct TableReport {
    /// The table.
    pub table: &'static str,
    /// Rows that were built.
    pub rows: i64,
    /// Live rows that the log does not give.
    pub only_live: i64,
    /// Rows of the log that the live table does not have.
    pub only_rebuilt: i64,
    /// Some of both, as `{"live": [...], "rebuilt": [...]}`.
    pub examples: serde_json::Value,
}

/// What a replay into scratch tables made.
#[derive(Clone, Debug, Serialize)]
pub struct ReplayReport {
    /// The projection.
    pub projection: &'static str,
    /// The version of its rows.
    pub version: i32,
    /// The rows are as they were after the event here.
    pub position: Position,
    /// How many events were read: every one from the first, proved hole-free.
    pub events: i64,
    /// How long it took.
    pub seconds: f64,
    /// Where the tables are. The next replay replaces them.
    pub schema: String,
    /// The tables.
    pub tables: Vec<TableCount>,
    /// The streams that could not be applied.
    pub parked: Vec<ParkedStream>,
}

/// One table of a replay.
#[derive(Clone, Debug, Serialize)]
pub struct TableCount {
    /// The table.
    pub table: &'static str,
    /// Its rows.
    pub rows: i64,
}

impl RebuildReport {
    pub(super) fn new(spec: &ProjectionSpec) -> Self {
        Self {
            projection: spec.name,
            version: spec.version,
            position: Position::ZERO,
            seconds: 0.0,
            tables: Vec::new(),
            parked: Vec::new(),
            swapped: false,
        }
    }

    /// Whether the live rows were exactly the fold of the log.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.tables
            .iter()
            .all(|table| table.only_live == 0 && table.only_rebuilt == 0)
    }
}
