//! Tasks: what may be done to one, and which of them waits for which.

mod aggregate;
mod decide;
mod error;
mod graph;
#[cfg(test)]
mod machine;
mod readiness;
#[cfg(test)]
mod testing;

pub use aggregate::Task;
pub use error::TaskError;
pub use graph::{Edge, GraphError, TaskGraph};
pub use readiness::{MAX_BACKOFF_SECONDS, backoff, holds_back_completion, holds_back_start};
