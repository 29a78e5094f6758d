//! Agents: who may speak, what is asked of them, and how they are doing.

mod aggregate;
mod decide;
mod error;
#[cfg(test)]
mod properties;
mod standing;
#[cfg(test)]
mod testing;

pub use aggregate::{Agent, Request};
pub use error::AgentError;
pub use standing::Standing;
