//! Nodes and how their machines are.

mod figures;
mod projector;
mod query;

pub use figures::{Figures, figures};
pub use projector::{NAME, NodeRow, NodesProjector};
pub use query::{Totals, live, totals};
