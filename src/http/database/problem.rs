//! A question without an answer, as a problem.

use pantheon_projections::console::{ConsoleError, NotAllowed};

use crate::http::Problem;

impl From<NotAllowed> for Problem {
    fn from(refused: NotAllowed) -> Self {
        Self::rule("query_not_allowed", refused.to_string())
    }
}

impl From<ConsoleError> for Problem {
    fn from(error: ConsoleError) -> Self {
        let text = error.to_string();
        match error {
            ConsoleError::Failed(_) => Self::rule("query_failed", text),
            ConsoleError::TimedOut => Self::rule("query_timeout", text),
            ConsoleError::TooExpensive(_) => Self::rule("query_too_expensive", text),
            ConsoleError::Busy => Self::unavailable("overloaded", text, 1),
            ConsoleError::Closed(cause) => {
                tracing::error!(%cause, "the console cannot be opened");
                Self::unavailable("dependency_unavailable", text, 60)
            }
            ConsoleError::Unavailable(cause) => {
                tracing::warn!(%cause, "the database did not answer the console");
                Self::unavailable(
                    "database_unavailable",
                    "The database is not reachable. Try again.",
                    1,
                )
            }
        }
    }
}
