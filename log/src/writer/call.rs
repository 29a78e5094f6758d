//! The one statement that appends, and what its failures mean.

use pantheon_events::Epoch;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::writer::verdict::Answer;
use crate::{Append, AppendError, Outcome, Verdict};

/// Why a call brought no verdicts.
#[derive(Debug)]
pub enum Failure {
    /// The outcome is unknown, or the server could not do it now: send the same batch again.
    Again(String),
    /// The log has moved to another epoch.
    Fenced(Epoch),
    /// The server refuses these data; nothing was committed.
    Refused(String),
}

/// Sends the batch as one autocommit statement; one verdict per command, in their order.
pub async fn append(
    connection: &mut PgConnection,
    epoch: Epoch,
    appends: &[Append],
) -> Result<Vec<Result<Verdict, AppendError>>, Failure> {
    let columns = Columns::of(appends);
    let answer = sqlx::query_as!(
        Answer,
        r#"select verdict as "verdict!", sequence as "sequence!: Vec<Option<i64>>",
                  "position" as "position!: Vec<Option<i64>>", known as "known: _"
           from append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"#,
        epoch.get(),
        &columns.command_ids,
        &columns.fingerprints as &[&[u8]],
        &columns.aggregate_types as &[&str],
        &columns.aggregate_ids as &[&str],
        &columns.expected,
        &columns.metadata as &[&str],
        &columns.refusals as &[Option<String>],
        &columns.event_counts,
        &columns.event_commands,
        &columns.event_ids,
        &columns.event_types as &[&str],
        &columns.event_versions as &[&str],
        &columns.payloads as &[&str],
    )
    .fetch_one(connection)
    .await
    .map_err(|error| failure(&error))?;
    answer.verdicts(appends).map_err(Failure::Refused)
}

/// The batch, column by column, borrowed from the commands.
#[derive(Default)]
struct Columns<'a> {
    command_ids: Vec<Uuid>,
    fingerprints: Vec<&'a [u8]>,
    aggregate_types: Vec<&'a str>,
    aggregate_ids: Vec<&'a str>,
    expected: Vec<i64>,
    metadata: Vec<&'a str>,
    refusals: Vec<Option<String>>,
    event_counts: Vec<i32>,
    event_commands: Vec<i32>,
    event_ids: Vec<Uuid>,
    event_types: Vec<&'a str>,
    event_versions: Vec<&'a str>,
    payloads: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    fn of(appends: &'a [Append]) -> Self {
        let mut columns = Self::default();
        for (index, append) in (1..).zip(appends) {
            columns.command(append);
            if let Outcome::Accepted(events) = &append.outcome {
                for event in events {
                    columns.event_commands.push(index);
                    columns.event_ids.push(event.event_id.as_uuid());
                    columns.event_types.push(event.event_type);
                    columns.event_versions.push(event.event_version);
                    columns.payloads.push(&event.payload);
                }
            }
        }
        columns
    }

    fn command(&mut self, append: &'a Append) {
        let (events, refusal) = match &append.outcome {
            Outcome::Accepted(events) => (events.len(), None),
            Outcome::Rejected(refusal) => (0, Some(refusal)),
        };
        self.command_ids.push(append.command_id.as_uuid());
        self.fingerprints.push(&append.fingerprint);
        self.aggregate_types.push(append.aggregate_type);
        self.aggregate_ids.push(&append.aggregate_id);
        self.expected.push(append.expected.get());
        self.metadata.push(&append.metadata);
        self.refusals.push(refusal.map(|refusal| {
            serde_json::to_string(refusal).expect("a refusal is plain strings and serialises")
        }));
        // A batch is cut far below this.
        self.event_counts
            .push(i32::try_from(events).unwrap_or(i32::MAX));
    }
}

/// What an error says about the batch.
fn failure(error: &sqlx::Error) -> Failure {
    let Some(database) = error.as_database_error() else {
        return Failure::Again(error.to_string());
    };
    let code = database.code().unwrap_or_default();
    match code.as_ref() {
        "PN001" => Failure::Fenced(log_epoch(error)),
        // Our own statement was held up between two steps; the next one will not be.
        "PN002" => Failure::Again(error.to_string()),
        // The data are at fault (bad JSON, a broken constraint, a value out of range) or the schema
        // is not ours: a repeat meets the same refusal.
        _ if ["0A", "22", "23", "42", "54", "PN"].contains(&&code[..code.len().min(2)]) => {
            Failure::Refused(database.message().to_owned())
        }
        // Server going down or coming up, timeouts, deadlocks, full disk, read-only standby …
        _ => Failure::Again(error.to_string()),
    }
}

fn log_epoch(error: &sqlx::Error) -> Epoch {
    let detail = error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>())
        .and_then(sqlx::postgres::PgDatabaseError::detail);
    detail
        .and_then(|detail| detail.parse().ok())
        .unwrap_or_default()
}
