//! Nodes.

mod aggregate;
mod error;

pub use aggregate::Node;
pub use error::NodeError;
