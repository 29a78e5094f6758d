//! `complete_export`, `fail_export`, `expire_export`: how an export goes on. What was said says
//! nothing new when it is said again.

use pantheon_events::database::{
    CompleteExport, DatabaseEvent, DatabaseExportCompleted, DatabaseExportExpired,
    DatabaseExportFailed, ExpireExport, FailExport,
};

use super::super::{Database, DatabaseError};

type Decision = Result<Vec<DatabaseEvent>, DatabaseError>;

pub(in super::super) fn complete(database: &Database, command: &CompleteExport) -> Decision {
    let known = database.exports.get(&command.export_id);
    let command = command.clone();
    match known.ok_or(DatabaseError::NoExport)?.pending {
        true => Ok(vec![
            DatabaseExportCompleted {
                export_id: command.export_id,
                tables: command.tables,
                rows: command.rows,
                bytes: command.bytes,
            }
            .into(),
        ]),
        false => Ok(Vec::new()),
    }
}

pub(in super::super) fn fail(database: &Database, command: &FailExport) -> Decision {
    match database.exports.get(&command.export_id) {
        Some(export) if export.pending => Ok(vec![
            DatabaseExportFailed {
                export_id: command.export_id,
                error: command.error.clone(),
            }
            .into(),
        ]),
        _ => Ok(Vec::new()),
    }
}

pub(in super::super) fn expire(database: &Database, command: &ExpireExport) -> Decision {
    let export_id = command.export_id;
    match database.exports.contains_key(&export_id) {
        true => Ok(vec![DatabaseExportExpired { export_id }.into()]),
        false => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use pantheon_events::database::DatabaseCommand;

    use super::super::given::{asked, history, id, requested};
    use super::*;

    fn completion() -> CompleteExport {
        CompleteExport {
            export_id: id(),
            tables: vec!["tasks".to_owned()],
            rows: 3,
            bytes: 90,
        }
    }

    fn completed() -> DatabaseEvent {
        DatabaseExportCompleted {
            export_id: id(),
            tables: vec!["tasks".to_owned()],
            rows: 3,
            bytes: 90,
        }
        .into()
    }

    async fn gives(
        before: Vec<DatabaseEvent>,
        command: impl Into<DatabaseCommand>,
        events: Vec<DatabaseEvent>,
    ) {
        let tried = history(before).when_async(asked(command)).await;
        tried.then_expect_events(events);
    }

    #[tokio::test]
    async fn an_export_is_made_once_and_then_taken_away_once() {
        gives(vec![requested()], completion(), vec![completed()]).await;
        gives(vec![requested(), completed()], completion(), vec![]).await;
        let gone: DatabaseEvent = DatabaseExportExpired { export_id: id() }.into();
        let expire = ExpireExport { export_id: id() };
        let made = vec![requested(), completed()];
        gives(made.clone(), expire.clone(), vec![gone.clone()]).await;
        gives([made, vec![gone]].concat(), expire, vec![]).await;
    }

    #[tokio::test]
    async fn what_failed_is_over_and_what_is_there_does_not_fail() {
        let fail = FailExport {
            export_id: id(),
            error: "too much".to_owned(),
        };
        let failed: DatabaseEvent = DatabaseExportFailed {
            export_id: id(),
            error: "too much".to_owned(),
        }
        .into();
        gives(vec![requested()], fail.clone(), vec![failed.clone()]).await;
        gives(vec![requested(), completed()], fail.clone(), vec![]).await;
        gives(vec![requested(), failed], fail, vec![]).await;
    }

    #[tokio::test]
    async fn an_export_that_nobody_asked_for_is_not_made() {
        let tried = history(vec![]).when_async(asked(completion())).await;
        tried.then_expect_error(DatabaseError::NoExport);
    }
}
