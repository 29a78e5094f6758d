//! The read model `database_exports`: one row per export.

use std::sync::Arc;

use async_trait::async_trait;
use pantheon_events::database::DatabaseEvent as Event;
use pantheon_events::{ExportId, RecordedEvent};
use sqlx::PgConnection;

use super::ExportRow;
use crate::engine::{
    Fault, OnPoison, ProjectError, ProjectionSpec, Projector, Table, Wants, decode, each, keys,
};

/// The read model's name.
pub const NAME: &str = "database_exports";

static SPEC: ProjectionSpec = ProjectionSpec {
    name: NAME,
    version: 1,
    tables: &["database_exports"],
    events: Wants::Events(&[(
        "database",
        &[
            "database_export_requested",
            "database_export_completed",
            "database_export_failed",
            "database_export_expired",
        ],
    )]),
    on_poison: OnPoison::Park,
};

/// Keeps one row per export.
#[derive(Clone, Copy, Debug)]
pub struct DatabaseExportsProjector;

#[async_trait]
impl Projector for DatabaseExportsProjector {
    fn spec(&self) -> &'static ProjectionSpec {
        &SPEC
    }

    async fn project(
        &self,
        batch: &[Arc<RecordedEvent>],
        db: &mut PgConnection,
    ) -> Result<(), ProjectError> {
        let touched = keys(batch, |event| Ok(about(&decode(event)?)))?;
        let touched = touched.into_iter().map(|id| id.as_uuid());
        let mut rows = Table::<ExportRow>::load(db, touched).await?;
        each(batch, |event| take(&mut rows, event))?;
        rows.save(db).await
    }
}

fn about(event: &Event) -> Option<ExportId> {
    match event {
        Event::DatabaseExportRequested(event) => Some(event.export_id),
        Event::DatabaseExportCompleted(event) => Some(event.export_id),
        Event::DatabaseExportFailed(event) => Some(event.export_id),
        Event::DatabaseExportExpired(event) => Some(event.export_id),
        Event::DatabaseQueryExecuted(_) | Event::DatabaseImportRecorded(_) => None,
    }
}

fn take(rows: &mut Table<ExportRow>, event: &RecordedEvent) -> Result<(), Fault> {
    match decode(event)? {
        Event::DatabaseExportRequested(asked) => rows.put(ExportRow {
            id: asked.export_id.as_uuid(),
            tenant: event.metadata.tenant.as_uuid(),
            user_id: asked.user_id,
            status: "pending".to_owned(),
            format: asked.format.as_str().to_owned(),
            tables: asked.tables.unwrap_or_default(),
            rows: None,
            bytes: None,
            error: None,
            created_at: asked.at,
            expires_at: asked.expires_at,
        }),
        Event::DatabaseExportCompleted(made) => {
            let row = rows.require(&made.export_id.as_uuid())?;
            row.status = "completed".to_owned();
            row.tables = made.tables;
            (row.rows, row.bytes) = (Some(made.rows), Some(made.bytes));
        }
        Event::DatabaseExportFailed(failed) => {
            let row = rows.require(&failed.export_id.as_uuid())?;
            row.status = "failed".to_owned();
            row.error = Some(failed.error);
        }
        Event::DatabaseExportExpired(gone) => {
            rows.require(&gone.export_id.as_uuid())?.status = "expired".to_owned();
        }
        Event::DatabaseQueryExecuted(_) | Event::DatabaseImportRecorded(_) => {}
    }
    Ok(())
}
