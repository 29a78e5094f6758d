//! The one statement that appends, and what its failures mean.

use pantheon_events::Epoch;
use sqlx::PgConnection;

use crate::Append;
use crate::writer::columns::Columns;
use crate::writer::verdict::{Answer, Settled};

/// Why a call brought no verdicts.
#[derive(Debug)]
pub enum Failure {
    /// The outcome is unknown, or the connection is of no use: send the same batch on a new one.
    Lost(String),
    /// The server could not do it now; nothing was committed. Send the same batch again.
    Busy(String),
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
) -> Result<Settled, Failure> {
    let columns = Columns::of(appends);
    let answer = sqlx::query_as!(
        Answer,
        r#"select verdict as "verdict!", sequence as "sequence!: Vec<Option<i64>>",
                  "position" as "position!: Vec<Option<i64>>", known as "known: _",
                  recorded_at as "recorded_at!"
           from append_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
                              $15, $16, $17)"#,
        epoch.get(),
        &columns.command_ids,
        &columns.same_ids,
        &columns.fingerprints as &[&[u8]],
        &columns.aggregate_types as &[&str],
        &columns.aggregate_ids as &[&str],
        &columns.same_streams,
        &columns.expected,
        &columns.bases as &[Option<uuid::Uuid>],
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
    answer.settled(appends).map_err(Failure::Refused)
}

/// What an error says about the batch.
fn failure(error: &sqlx::Error) -> Failure {
    let Some(database) = error.as_database_error() else {
        return Failure::Lost(error.to_string());
    };
    let code = database.code().unwrap_or_default();
    match code.as_ref() {
        "PN001" => Failure::Fenced(log_epoch(error)),
        // Held up between two steps, by a lock, a deadlock or a timeout; the connection is whole.
        "PN002" | "55P03" | "57014" | "40001" | "40P01" => Failure::Busy(error.to_string()),
        // The data are at fault (bad JSON, a broken constraint, a value out of range) or the schema
        // is not ours: a repeat meets the same refusal.
        _ if ["0A", "22", "23", "42", "54", "PN"].contains(&&code[..code.len().min(2)]) => {
            Failure::Refused(database.message().to_owned())
        }
        // Server going down or coming up, full disk, read-only standby …
        _ => Failure::Lost(error.to_string()),
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
