//! The session settings that the log's promises and speed rest on.

use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

/// The writer's session: durable, READ COMMITTED, and never stuck.
pub fn writer_session(connect: PgConnectOptions) -> PgConnectOptions {
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

/// A reader's session. Its statements are few and all go through an index: a plan that was made and
/// kept while the table was empty must still be right when it is full.
pub fn reader_session(connect: &PgConnectOptions, name: &str) -> PgConnectOptions {
    connect
        .clone()
        .application_name(name)
        .disable_statement_logging()
        .options([
            ("plan_cache_mode", "force_generic_plan"),
            ("enable_seqscan", "off"),
            ("enable_bitmapscan", "off"),
            ("enable_sort", "off"),
            ("jit", "off"),
            ("default_transaction_read_only", "on"),
            ("statement_timeout", "15s"),
            ("idle_in_transaction_session_timeout", "15s"),
        ])
}
