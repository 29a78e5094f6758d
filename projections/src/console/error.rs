//! Why a question has no answer.

use sqlx::postgres::PgDatabaseError;

/// Why a question has no answer. The texts are for who asked; nothing in them is the database's own
/// business.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The database refused it.
    #[error("{0}")]
    Failed(String),
    /// It took too long.
    #[error("The query took longer than 5 s. Ask for less, or for a narrower time.")]
    TimedOut,
    /// It would cost too much, or took too much memory.
    #[error("{0}")]
    TooExpensive(String),
    /// Two are being answered.
    #[error("Two queries are being answered. Try again in a moment.")]
    Busy,
    /// The console cannot be opened on this database.
    #[error(
        "The console's role cannot be made or used. Give the database's user CREATEROLE, and let the role in by a password."
    )]
    Closed(#[source] sqlx::Error),
    /// The database is away.
    #[error("the database is not reachable; ask again")]
    Unavailable(#[source] sqlx::Error),
}

impl From<sqlx::Error> for ConsoleError {
    fn from(error: sqlx::Error) -> Self {
        let Some(said) = error.as_database_error() else {
            return Self::Unavailable(error);
        };
        let code = said.code().unwrap_or_default().into_owned();
        match code.as_str() {
            // query_canceled, lock_not_available
            "57014" | "55P03" => Self::TimedOut,
            // out_of_memory, configuration_limit_exceeded (temporary files), program_limit_exceeded
            "53200" | "53400" | "54000" => Self::TooExpensive(
                "The query needs more memory than it may have. Ask for fewer rows, or without sorting them."
                    .to_owned(),
            ),
            code if ["08", "53", "57", "58", "XX"].iter().any(|class| code.starts_with(class)) => {
                Self::Unavailable(error)
            }
            _ => Self::Failed(said.message().to_owned()),
        }
    }
}

impl ConsoleError {
    /// The same of a statement that has the question after so many characters of our own.
    pub(super) fn in_query(error: sqlx::Error, before: usize) -> Self {
        let said = error.as_database_error();
        let place = said.and_then(|said| said.try_downcast_ref::<PgDatabaseError>()?.position());
        let at = match place {
            Some(sqlx::postgres::PgErrorPosition::Original(at)) => at.checked_sub(before),
            _ => None,
        };
        match (Self::from(error), at) {
            (Self::Failed(message), Some(at)) => {
                Self::Failed(format!("{message} (at character {at})"))
            }
            (other, _) => other,
        }
    }
}
