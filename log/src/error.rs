//! What can go wrong at the log.

use std::time::Duration;

use pantheon_events::{Epoch, Position};

/// Why an append has no verdict. Nothing was answered, so the caller may send the same command
/// id again.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppendError {
    /// The bounded queue is full (503 `overloaded`).
    #[error("the write queue is full; send the same command again after {retry_after:?}")]
    Overloaded {
        /// When a place may be free.
        retry_after: Duration,
    },
    /// Postgres did not answer in time (503 `database_unavailable`).
    #[error("the database is not reachable; send the same command again")]
    Unavailable,
    /// The node is stopping (503 `shutting_down`).
    #[error("this node is shutting down; send the same command to another one")]
    ShuttingDown,
    /// The log has moved to a newer lineage than this node writes in.
    #[error("this node writes in epoch {ours}, the log is in epoch {log}; restart the node")]
    Fenced {
        /// The epoch this node was started in.
        ours: Epoch,
        /// The epoch of the log.
        log: Epoch,
    },
    /// The database refused the statement for a reason that a repeat does not mend.
    #[error("the database refused the append: {0}")]
    Refused(String),
}

/// Why a read failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Postgres did not answer; try again.
    #[error("the database is not reachable")]
    Unavailable(#[source] sqlx::Error),
    /// A position is missing or out of order: the promise of G3 is broken. Never retried.
    #[error("integrity: expected position {expected}, found {found}")]
    Integrity {
        /// `last + 1`.
        expected: Position,
        /// What the log holds instead.
        found: Position,
    },
    /// A row of the log cannot be read.
    #[error("integrity: the event at {position} is unreadable: {message}")]
    Corrupt {
        /// Where.
        position: Position,
        /// Why.
        message: String,
    },
}

/// What a database error is called where others can read it (health, operators' pages, stored
/// notes). Its own words name tables and hold values: they belong into the process log only.
#[must_use]
pub fn outside_words(error: &sqlx::Error) -> String {
    use sqlx::Error as E;
    match error {
        E::Database(error) => match error.code() {
            Some(code) => format!("Postgres refused it (SQLSTATE {code}); see the process log"),
            None => "Postgres refused it; see the process log".to_owned(),
        },
        E::Io(_)
        | E::Tls(_)
        | E::Protocol(_)
        | E::PoolTimedOut
        | E::PoolClosed
        | E::WorkerCrashed => "the database is not reachable".to_owned(),
        _ => "a row could not be read or written; see the process log".to_owned(),
    }
}
