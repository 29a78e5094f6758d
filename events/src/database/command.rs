//! What can be done with a tenant's database.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ExportFormat, QueryOutcome};
use crate::ExportId;
use crate::commands;

/// Notes a query that was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ExecuteQuery {
    /// The text, each literal replaced by `?`.
    #[garde(length(chars, min = 1, max = 20_000))]
    pub query: String,
    /// Rows that were answered.
    #[garde(range(min = 0))]
    pub rows: i64,
    /// Milliseconds that it took.
    #[garde(range(min = 0))]
    pub duration_ms: i64,
    /// How it ended.
    #[garde(skip)]
    pub outcome: QueryOutcome,
}

/// Asks for the tenant's rows in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RequestExport {
    /// Of these tables; of all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(min = 1, max = 100), inner(length(chars, min = 1, max = 63))))]
    pub tables: Option<Vec<String>>,
    /// How it is written.
    #[garde(skip)]
    pub format: ExportFormat,
}

/// The file is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CompleteExport {
    /// The export.
    #[garde(skip)]
    pub export_id: ExportId,
    /// The tables in it.
    #[garde(length(max = 100))]
    pub tables: Vec<String>,
    /// The rows in it.
    #[garde(range(min = 0))]
    pub rows: i64,
    /// Its size.
    #[garde(range(min = 0))]
    pub bytes: i64,
}

/// There will be no file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FailExport {
    /// The export.
    #[garde(skip)]
    pub export_id: ExportId,
    /// Why.
    #[garde(length(chars, min = 1, max = 1000))]
    pub error: String,
}

/// The file is taken away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ExpireExport {
    /// The export.
    #[garde(skip)]
    pub export_id: ExportId,
}

/// Notes commands that were brought in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RecordImport {
    /// Lines that were carried out.
    #[garde(range(min = 0))]
    pub accepted: i64,
    /// Lines that had been carried out before.
    #[garde(range(min = 0))]
    pub duplicate: i64,
    /// Lines that were refused.
    #[garde(range(min = 0))]
    pub rejected: i64,
}

commands! {
    /// The commands of one tenant's database.
    pub enum DatabaseCommand for "database" {
        ExecuteQuery = "execute_query" creates,
        RequestExport = "request_export" creates,
        CompleteExport = "complete_export",
        FailExport = "fail_export",
        ExpireExport = "expire_export",
        RecordImport = "record_import" creates,
    }
}
