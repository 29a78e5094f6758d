//! The session settings that the log's promises and speed rest on.

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

/// The writer's session: durable, READ COMMITTED, and never stuck.
pub(crate) fn writer_session(connect: PgConnectOptions) -> PgConnectOptions {
    connect
        .application_name("pantheon-writer")
        .disable_statement_logging()
        .options([
            // A space in a value is escaped for the server's command line.
            ("default_transaction_isolation", r"read\ committed"),
            ("default_transaction_read_only", "off"),
            ("synchronous_commit", "on"),
            ("lock_timeout", "2s"),
            ("statement_timeout", "5s"),
            ("idle_in_transaction_session_timeout", "1s"),
        ])
}

/// A session whose statements all go through an index: streams, single rows, leases. A plan that was
/// made and kept while a table was empty must still be right when it is full.
#[must_use]
pub fn indexed_session(connect: PgConnectOptions) -> PgConnectOptions {
    connect.options([
        ("plan_cache_mode", "force_generic_plan"),
        ("enable_seqscan", "off"),
        ("enable_bitmapscan", "off"),
        ("enable_sort", "off"),
        ("jit", "off"),
    ])
}

/// A reader's session.
pub(crate) fn reader_session(connect: &PgConnectOptions, name: &str) -> PgConnectOptions {
    let connect = connect
        .clone()
        .application_name(name)
        .disable_statement_logging();
    indexed_session(connect).options([
        ("default_transaction_read_only", "on"),
        ("statement_timeout", "15s"),
        ("idle_in_transaction_session_timeout", "15s"),
    ])
}
