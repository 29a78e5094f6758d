//! What happened to a tenant's database.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ExportFormat, QueryOutcome};
use crate::ExportId;
use crate::events;

/// Somebody asked by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DatabaseQueryExecuted {
    /// Who.
    pub user_id: String,
    /// The text, each literal replaced by `?`.
    pub query: String,
    /// Rows that were answered.
    pub rows: i64,
    /// Milliseconds that it took.
    pub duration_ms: i64,
    /// How it ended.
    pub outcome: QueryOutcome,
}

/// Somebody wants the tenant's rows in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DatabaseExportRequested {
    /// The export.
    pub export_id: ExportId,
    /// Who.
    pub user_id: String,
    /// Of these tables; of all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tables: Option<Vec<String>>,
    /// How it is written.
    pub format: ExportFormat,
    /// When, by the node's clock.
    pub at: DateTime<Utc>,
    /// So long it can be fetched.
    pub expires_at: DateTime<Utc>,
}

/// The file is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DatabaseExportCompleted {
    /// The export.
    pub export_id: ExportId,
    /// The tables in it.
    pub tables: Vec<String>,
    /// The rows in it.
    pub rows: i64,
    /// Its size.
    pub bytes: i64,
}

/// There will be no file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DatabaseExportFailed {
    /// The export.
    pub export_id: ExportId,
    /// Why.
    pub error: String,
}

/// The file was taken away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DatabaseExportExpired {
    /// The export.
    pub export_id: ExportId,
}

/// Commands were brought in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DatabaseImportRecorded {
    /// Who.
    pub user_id: String,
    /// Lines that were carried out.
    pub accepted: i64,
    /// Lines that had been carried out before.
    pub duplicate: i64,
    /// Lines that were refused.
    pub rejected: i64,
}

events! {
    /// The events of one tenant's database.
    pub enum DatabaseEvent for "database" {
        DatabaseQueryExecuted = "database_query_executed" @ "1",
        DatabaseExportRequested = "database_export_requested" @ "1",
        DatabaseExportCompleted = "database_export_completed" @ "1",
        DatabaseExportFailed = "database_export_failed" @ "1",
        DatabaseExportExpired = "database_export_expired" @ "1",
        DatabaseImportRecorded = "database_import_recorded" @ "1",
    }
}
