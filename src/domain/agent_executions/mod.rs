//! Agents at work on issues.

mod aggregate;
mod decide;
mod error;

pub use aggregate::AgentExecution;
pub use error::ExecutionError;
