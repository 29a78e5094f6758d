//! `record_import`: how many lines were brought in. The commands in them stand in their own streams.

use pantheon_events::database::{DatabaseEvent, DatabaseImportRecorded, RecordImport};

use crate::domain::Asked;

pub(in super::super) fn import(asked: &Asked<&RecordImport>) -> Vec<DatabaseEvent> {
    let command = asked.command;
    vec![
        DatabaseImportRecorded {
            user_id: asked.by.actor.id.clone(),
            accepted: command.accepted,
            duplicate: command.duplicate,
            rejected: command.rejected,
        }
        .into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::given::{asked, history};
    use super::*;

    #[tokio::test]
    async fn an_import_is_noted_with_who_brought_it() {
        let command = RecordImport {
            accepted: 3,
            duplicate: 1,
            rejected: 2,
        };
        let expected = DatabaseImportRecorded {
            user_id: "ann".to_owned(),
            accepted: 3,
            duplicate: 1,
            rejected: 2,
        };
        history(vec![])
            .when_async(asked(command))
            .await
            .then_expect_events(vec![expected.into()]);
    }
}
