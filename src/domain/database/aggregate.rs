//! One tenant's database: what was asked for and is not over.

use std::collections::BTreeMap;

use pantheon_events::database::{
    DatabaseCommand, DatabaseEvent, DatabaseExportRequested, DatabaseQueryExecuted,
};
use pantheon_events::{ExportId, TenantId};
use serde::{Deserialize, Serialize};

use super::{DatabaseError, decide};
use crate::aggregate;
use crate::domain::Asked;

/// An export that is not over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Export {
    /// What was asked for.
    pub asked: DatabaseExportRequested,
    /// Whether its file is still to be made.
    pub pending: bool,
}

/// A tenant's database.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Database {
    /// The exports.
    pub exports: BTreeMap<ExportId, Export>,
}

impl Database {
    fn decide(&self, asked: &Asked<DatabaseCommand>) -> Result<Vec<DatabaseEvent>, DatabaseError> {
        use DatabaseCommand as C;
        if *asked.id != *asked.by.tenant.to_string() {
            return Err(DatabaseError::NotFound);
        }
        match &asked.command {
            C::ExecuteQuery(command) => Ok(vec![
                DatabaseQueryExecuted {
                    user_id: asked.by.actor.id.clone(),
                    query: command.query.clone(),
                    rows: command.rows,
                    duration_ms: command.duration_ms,
                    outcome: command.outcome,
                }
                .into(),
            ]),
            C::RequestExport(command) => Ok(decide::request(self, &asked.with(command))),
            C::CompleteExport(command) => decide::complete(self, command),
            C::FailExport(command) => decide::fail(self, command),
            C::ExpireExport(command) => decide::expire(self, command),
            C::RecordImport(command) => Ok(decide::import(&asked.with(command))),
        }
    }

    fn evolve(&mut self, event: DatabaseEvent) {
        use DatabaseEvent as E;
        match event {
            E::DatabaseExportRequested(asked) => {
                let pending = true;
                self.exports
                    .insert(asked.export_id, Export { asked, pending });
            }
            E::DatabaseExportCompleted(event) => {
                if let Some(export) = self.exports.get_mut(&event.export_id) {
                    export.pending = false;
                }
            }
            E::DatabaseExportFailed(event) => drop(self.exports.remove(&event.export_id)),
            E::DatabaseExportExpired(event) => drop(self.exports.remove(&event.export_id)),
            E::DatabaseQueryExecuted(_) | E::DatabaseImportRecorded(_) => {}
        }
    }

    /// A tenant has one.
    fn valid_id(id: &str) -> bool {
        id.parse::<TenantId>()
            .is_ok_and(|tenant| tenant.to_string() == id)
    }
}

aggregate!(Database: DatabaseCommand => DatabaseEvent, DatabaseError);
