//! What the log's promises need of the database, as the writer's session finds it.

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::session::writer_session;

/// Looks through a session like the writer's. Every sentence says what is wrong and what to do;
/// none = the log is safe here.
///
/// # Errors
/// The database cannot be reached or is not migrated.
pub async fn unsafe_settings(connect: PgConnectOptions) -> Result<Vec<String>, sqlx::Error> {
    let mut connection = writer_session(connect).connect().await?;
    let found = sqlx::query!(
        r#"select current_setting('transaction_isolation') as "isolation!",
                  current_setting('synchronous_commit') as "synchronous_commit!",
                  current_setting('fsync') as "fsync!",
                  current_setting('full_page_writes') as "full_page_writes!",
                  current_setting('lock_timeout') as "lock_timeout!",
                  current_setting('statement_timeout') as "statement_timeout!",
                  pg_is_in_recovery() as "standby!",
                  (select count(*) from pg_trigger
                   where tgfoid = 'refuse_log_change'::regproc and tgenabled in ('O', 'A')) as "guards!",
                  (select count(*) from (
                       select position, row_number() over (order by position) as nr,
                              min(position) over () as first
                       from (select position from events order by position desc limit 1000) tail
                   ) numbered where position <> first + nr - 1) as "holes!""#
    )
    .fetch_one(&mut connection)
    .await?;
    let checks = [
        (
            found.isolation != "read committed",
            "the session is not READ COMMITTED: remove default_transaction_isolation from the \
             connection's options or the pooler",
        ),
        (
            found.synchronous_commit == "off",
            "synchronous_commit is off, an acknowledged command can be lost: set it to on",
        ),
        (
            found.fsync != "on",
            "fsync is off, a power cut destroys the log: set it to on",
        ),
        (
            found.full_page_writes != "on",
            "full_page_writes is off, a power cut can tear pages: set it to on",
        ),
        (
            (
                found.lock_timeout.as_str(),
                found.statement_timeout.as_str(),
            ) != ("2s", "5s"),
            "the session's timeouts do not arrive: let the pooler pass startup options",
        ),
        (found.standby, "this is a standby: connect to the primary"),
        (
            found.guards < 3,
            "a trigger that keeps history unchanged is gone or disabled: restore it from \
             migrations/0001_log.sql and verify the log",
        ),
        (
            found.holes > 0,
            "a position is missing among the newest events: stop writing, find out who inserted \
             past append_events(), restore",
        ),
    ];
    Ok(checks
        .into_iter()
        .filter(|(bad, _)| *bad)
        .map(|(_, what)| what.to_owned())
        .collect())
}
