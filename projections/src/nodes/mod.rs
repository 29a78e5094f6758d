//! Nodes and how their machines are.

mod projector;
mod query;

pub use projector::{NAME, NodeRow, NodesProjector};
pub use query::{Totals, live, totals};
