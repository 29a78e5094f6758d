//! Why a rebuild did not come to its end.

use pantheon_events::Position;
use pantheon_log::{ReadError, outside_words};

use crate::engine::apply::Stop;

/// Why a rebuild did not come to its end. Readers have not noticed anything.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// Another one is under way.
    #[error("a rebuild of {0} is under way already; wait for it, see `projections list`")]
    Busy(String),
    /// The projection has never run.
    #[error("{0} has never run here; start a server with the projector role first")]
    Unknown(String),
    /// The rows in place are of a newer build.
    #[error(
        "the rows of {name} are of version {version}, newer than this build; use the newer build"
    )]
    Newer {
        /// The projection.
        name: String,
        /// The version in place.
        version: i32,
    },
    /// There is nothing to go back to.
    #[error("{0} has no earlier rows: only the rows of before the last rebuild are kept, once")]
    NothingKept(String),
    /// An event cannot be applied, and this projection does not go on without it.
    #[error("{0}")]
    Poison(String),
    /// A replay was to end where the log is not yet.
    #[error("the log ends at {head}, before {to}")]
    BeyondHead {
        /// The wanted end.
        to: Position,
        /// The log's end.
        head: Position,
    },
    /// The tables were in use all the time.
    #[error("the tables of {0} were in use by long queries all the time; try again")]
    InUse(String),
    /// It was told to stop.
    #[error("stopped before the end; nothing has changed")]
    Stopped,
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] ReadError),
    /// Postgres said no, or did not answer.
    #[error("the read model's database: {}", outside_words(.0))]
    Database(#[from] sqlx::Error),
    /// A fault of the programme.
    #[error("the rebuild broke off: {0}")]
    Broken(String),
}

impl From<Stop> for RebuildError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Halt(message) => Self::Poison(message),
            Stop::Retry(message) => Self::Broken(message),
            Stop::Lost => Self::Broken("the checkpoint moved".to_owned()),
        }
    }
}

/// `lock_not_available`: a `lock_timeout` ran out.
pub(super) fn is_lock_timeout(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(|error| error.code())
        .is_some_and(|code| code == "55P03")
}
