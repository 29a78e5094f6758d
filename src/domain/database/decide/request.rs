//! `request_export`: the tenant's rows in a file. While it is being made, the same question is the
//! same export.

use pantheon_events::ExportId;
use pantheon_events::database::{
    DatabaseEvent, DatabaseExportRequested, EXPORT_LIFE, RequestExport,
};

use super::super::Database;
use crate::domain::Asked;

pub(in super::super) fn request(
    database: &Database,
    asked: &Asked<&RequestExport>,
) -> Vec<DatabaseEvent> {
    let RequestExport { tables, format } = asked.command;
    let user_id = &asked.by.actor.id;
    let same = |known: &DatabaseExportRequested| {
        (&known.tables, known.format, &known.user_id) == (tables, *format, user_id)
    };
    let mut exports = database.exports.values();
    if exports.any(|export| export.pending && same(&export.asked)) {
        return Vec::new();
    }
    vec![
        DatabaseExportRequested {
            export_id: ExportId::new(asked.by.command_id.created("database_export")),
            user_id: user_id.clone(),
            tables: tables.clone(),
            format: *format,
            at: asked.at,
            expires_at: asked.at + EXPORT_LIFE,
        }
        .into(),
    ]
}

#[cfg(test)]
mod tests {
    use pantheon_events::database::{DatabaseExportCompleted, ExportFormat};

    use super::super::given::{self, asked, history, requested};
    use super::*;

    #[tokio::test]
    async fn an_export_is_asked_for_once_while_it_is_being_made() {
        history(vec![])
            .when_async(asked(given::request()))
            .await
            .then_expect_events(vec![requested()]);
        history(vec![requested()])
            .when_async(asked(given::request()))
            .await
            .then_expect_events(vec![]);
        let made = DatabaseExportCompleted {
            export_id: given::id(),
            tables: vec!["tasks".to_owned()],
            rows: 1,
            bytes: 2,
        };
        history(vec![requested(), made.into()])
            .when_async(asked(given::request()))
            .await
            .then_expect_events(vec![requested()]);
    }

    #[tokio::test]
    async fn another_question_is_another_export() {
        let other = RequestExport {
            format: ExportFormat::Ndjson,
            ..given::request()
        };
        let DatabaseEvent::DatabaseExportRequested(known) = requested() else {
            panic!("it is a request");
        };
        let expected = DatabaseExportRequested {
            format: ExportFormat::Ndjson,
            ..known
        };
        history(vec![requested()])
            .when_async(asked(other))
            .await
            .then_expect_events(vec![expected.into()]);
    }
}
