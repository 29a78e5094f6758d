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
    /// 503 `database_unavailable`.
    #[error("the database is not reachable; ask again")]
    Unavailable(#[source] sqlx::Error),
    /// The query itself failed (500); never shown outside.
    #[error("the query failed")]
    Failed(#[source] sqlx::Error),
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
            _ => Self::Failed(error),
        }
    }
}
