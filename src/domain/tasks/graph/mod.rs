//! Which task waits for which, in one stream per tenant: no two requests can close a cycle.

mod add;
mod aggregate;
mod cycle;
mod error;
mod forget;
mod remove;
#[cfg(test)]
mod tests;

pub use aggregate::{Edge, TaskGraph};
pub use error::GraphError;

type Decision = Result<Vec<pantheon_events::tasks::TaskGraphEvent>, GraphError>;

/// Dependencies of one task.
const PER_TASK: usize = 100;
/// Edges of one tenant's tasks that have not ended.
const PER_TENANT: usize = 10_000;
