//! The words of queries and exports.

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long an export can be fetched.
pub const EXPORT_LIFE: TimeDelta = TimeDelta::hours(24);

/// How a query ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QueryOutcome {
    /// With rows.
    Completed,
    /// The database refused it.
    Failed,
    /// It took too long.
    TimedOut,
    /// It would have cost too much, or took too much memory.
    TooExpensive,
}

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// One JSON object per line: `{"table", "row"}`.
    Ndjson,
    /// Comma-separated values, each table after a line with its columns.
    Csv,
}

impl ExportFormat {
    /// The word in JSON, which is the file's ending too.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }
}
