//! What goes around a tenant's database: the step before its commands, and process `database_export`.
//!
//! Shape: once a second, what is asked for is written by a task of its own, one export at a time, and
//! what has had its day is taken away.
//! Ordering: the oldest first.
//! Delivery: at least once; command ids are derived from the export. A file that was begun by a node
//! that is gone is begun anew.
//! On failure: tried again while the database is away; otherwise the export fails with the reason.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use pantheon_events::database::{
    CompleteExport, DatabaseCommand, ExpireExport, ExportFormat, FailExport,
};
use pantheon_events::{Actor, CommandContext, CommandId, ExportId, Refusal, TenantId};
use pantheon_projections::console::{ConsoleError, is_view};
use pantheon_projections::database::{Due, due, forget};
use tokio::task::JoinHandle;

use super::{Process, ProcessError, Round, entitlements, settle};
use crate::app::App;
use crate::domain::organizations::Organization;
use crate::lifecycle::Phase;
use crate::store::{DispatchError, Dispatcher, Prepare};

const NAME: &str = "database_export";

/// Sets what goes before the commands of databases.
pub fn prepare(app: &App) {
    let organizations = app.commands.organizations.clone();
    app.commands
        .databases
        .prepare_with(Arc::new(DatabaseSteps { organizations }));
}

/// The process of exports.
#[must_use]
pub fn process(app: &App) -> Arc<dyn Process> {
    Arc::new(DatabaseExport {
        app: app.clone(),
        making: Mutex::new(None),
    })
}

/// Exports are of organisations that have the feature, and of views that there are.
struct DatabaseSteps {
    organizations: Dispatcher<Organization>,
}

#[async_trait]
impl Prepare<DatabaseCommand> for DatabaseSteps {
    fn concerns(&self, command: &DatabaseCommand) -> bool {
        matches!(command, DatabaseCommand::RequestExport(_))
    }

    async fn prepare(
        &self,
        _: &str,
        command: DatabaseCommand,
        by: &CommandContext,
    ) -> Result<DatabaseCommand, DispatchError> {
        allowed(&self.organizations, by.tenant).await?;
        if let DatabaseCommand::RequestExport(asked) = &command {
            let mut tables = asked.tables.iter().flatten();
            if let Some(unknown) = tables.find(|name| !is_view(name)) {
                let message = format!("there is no table {unknown:?}; see /database/schema");
                return Err(DispatchError::refused(Refusal::invalid("tables", message)));
            }
        }
        Ok(command)
    }
}

/// Whether the tenant reaches the installation's database; a refusal says that it does not.
pub async fn allowed(
    organizations: &Dispatcher<Organization>,
    tenant: TenantId,
) -> Result<(), DispatchError> {
    let (_, features) = entitlements::of(organizations, tenant).await?;
    match features.sql_console || tenant == TenantId::default_organization() {
        true => Ok(()),
        false => Err(entitlements::feature_disabled("sql_console")),
    }
}

struct DatabaseExport {
    app: App,
    making: Mutex<Option<JoinHandle<()>>>,
}

#[async_trait]
impl Process for DatabaseExport {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn tick(&self) -> Result<(), ProcessError> {
        let now = self.app.clock.now();
        let due = due(&self.app.reads, now).await;
        let due = due.map_err(|error| ProcessError::Retry(error.to_string()))?;
        let mut round = Round::default();
        for export in due {
            let over = export.expires_at <= now;
            match (export.status.as_str(), over) {
                ("pending", false) => self.make(export),
                ("pending", true) => {
                    let error = "It was not made in time. Ask for it again.".to_owned();
                    round.note(fail(&self.app, &export, error).await);
                }
                _ => round.note(expire(&self.app, &export).await),
            }
        }
        round.end()
    }
}

impl DatabaseExport {
    /// Writes it in a task of its own, unless one is at work: the next round sees to the others.
    fn make(&self, export: Due) {
        let mut making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if making.as_ref().is_some_and(|task| !task.is_finished()) {
            return;
        }
        let app = self.app.clone();
        let stop = app.lifecycle.stop(Phase::Followers);
        *making = Some(tokio::spawn(async move {
            let made = tokio::select! {
                () = stop.cancelled() => return,
                made = make(&app, &export) => made,
            };
            if let Err(error) = made {
                tracing::warn!(%error, export = %export.id, "an export will be tried again");
            }
        }));
    }
}

async fn make(app: &App, export: &Due) -> Result<(), ProcessError> {
    let (id, tenant) = (ExportId::new(export.id), TenantId::new(export.tenant));
    let format = match export.format.as_str() {
        "csv" => ExportFormat::Csv,
        _ => ExportFormat::Ndjson,
    };
    match app.console.export(tenant, id, &export.tables, format).await {
        Ok(made) => {
            let command = CompleteExport {
                export_id: id,
                tables: made.tables,
                rows: made.rows,
                bytes: made.bytes,
            };
            send(app, export, "complete", command).await
        }
        Err(error @ (ConsoleError::Busy | ConsoleError::Unavailable(_))) => {
            Err(ProcessError::Retry(error.to_string()))
        }
        Err(error) => {
            forget(&app.reads, id)
                .await
                .map_err(|error| ProcessError::Retry(error.to_string()))?;
            fail(app, export, error.to_string()).await
        }
    }
}

async fn fail(app: &App, export: &Due, error: String) -> Result<(), ProcessError> {
    let export_id = ExportId::new(export.id);
    send(app, export, "fail", FailExport { export_id, error }).await
}

/// The file goes first: what is said to be gone is gone.
async fn expire(app: &App, export: &Due) -> Result<(), ProcessError> {
    let export_id = ExportId::new(export.id);
    forget(&app.reads, export_id)
        .await
        .map_err(|error| ProcessError::Retry(error.to_string()))?;
    send(app, export, "expire", ExpireExport { export_id }).await
}

async fn send(
    app: &App,
    export: &Due,
    step: &str,
    command: impl Into<DatabaseCommand>,
) -> Result<(), ProcessError> {
    let id = CommandId::of_key(&[NAME, step, &export.id.to_string()]);
    let tenant = TenantId::new(export.tenant);
    let by = CommandContext::new(tenant, Actor::policy(NAME), Some(id));
    let databases = &app.commands.databases;
    settle(databases.dispatch(&tenant.to_string(), command, by).await)
}
