//! One rule per file.

mod end;
mod import;
mod request;

pub(super) use end::{complete, expire, fail};
pub(super) use import::import;
pub(super) use request::request;

#[cfg(test)]
pub(super) mod given {
    //! What the rules' tests start from.

    use std::sync::Arc;

    use chrono::DateTime;
    use cqrs_es::test::{AggregateTestExecutor, TestFramework};
    use pantheon_events::database::{
        DatabaseCommand, DatabaseEvent, DatabaseExportRequested, EXPORT_LIFE, ExportFormat,
        RequestExport,
    };
    use pantheon_events::{Actor, CommandContext, CommandId, ExportId, TenantId};
    use uuid::Uuid;

    use super::super::Database;
    use crate::domain::Asked;

    pub fn asked(command: impl Into<DatabaseCommand>) -> Asked<DatabaseCommand> {
        let tenant = TenantId::default_organization();
        let by = CommandContext::new(tenant, Actor::human("ann"), Some(command_id()));
        Asked {
            command: command.into(),
            id: Arc::from(tenant.to_string().as_str()),
            by: Arc::new(by),
            at: DateTime::UNIX_EPOCH,
        }
    }

    pub fn command_id() -> CommandId {
        CommandId::new(Uuid::from_u128(7))
    }

    pub fn history(events: Vec<DatabaseEvent>) -> AggregateTestExecutor<Database> {
        TestFramework::<Database>::with(()).given(events)
    }

    pub fn request() -> RequestExport {
        RequestExport {
            tables: Some(vec!["tasks".to_owned()]),
            format: ExportFormat::Csv,
        }
    }

    pub fn id() -> ExportId {
        ExportId::new(command_id().created("database_export"))
    }

    pub fn requested() -> DatabaseEvent {
        DatabaseExportRequested {
            export_id: id(),
            user_id: "ann".to_owned(),
            tables: request().tables,
            format: request().format,
            at: DateTime::UNIX_EPOCH,
            expires_at: DateTime::UNIX_EPOCH + EXPORT_LIFE,
        }
        .into()
    }
}
