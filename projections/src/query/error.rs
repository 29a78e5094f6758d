//! Why a query has no answer.

use pantheon_events::Position;

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// 504 `projection_behind`: the read model did not get there in time.
    #[error("{projection} stands at {position} and has not reached {wanted} yet; ask again")]
    Behind {
        /// The read model.
        projection: &'static str,
        /// Where it stands.
        position: Position,
        /// Where it was to be.
        wanted: Position,
    },
    /// 400 `invalid_cursor`.
    #[error("this cursor was not given by this list; start again without one")]
    InvalidCursor,
    /// 400 `malformed_request`: a value that Postgres can compare with nothing.
    #[error(
        "a value of the request is outside of what can be looked for; check its numbers, times and characters"
    )]
    OutOfReach(#[source] sqlx::Error),
    /// 503 `database_unavailable`.
    #[error("the database is not reachable; ask again")]
    Unavailable(#[source] sqlx::Error),
    /// The query itself failed (500); never shown outside.
    #[error("the query failed")]
    Failed(#[source] sqlx::Error),
}

/// Whether a code is about a value that was bound, and so about what the caller wrote: a number out
/// of range, a time that is none or out of range, text that cannot be read or has a NUL.
fn is_of_a_value(code: &str) -> bool {
    ["22003", "22007", "22008", "22P02", "22021", "22P05"].contains(&code)
}

impl From<sqlx::Error> for QueryError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Io(_) | E::Tls(_) | E::Protocol(_) | E::PoolTimedOut | E::PoolClosed => {
                Self::Unavailable(error)
            }
            // Connection, resources, intervention (shut-down, start-up), system.
            E::Database(db)
                if db.code().is_some_and(|code| {
                    ["08", "53", "57", "58"]
                        .iter()
                        .any(|class| code.starts_with(class))
                }) =>
            {
                Self::Unavailable(error)
            }
            E::Encode(_) => Self::OutOfReach(error),
            E::Database(db) if db.code().is_some_and(|code| is_of_a_value(&code)) => {
                Self::OutOfReach(error)
            }
            _ => Self::Failed(error),
        }
    }
}
