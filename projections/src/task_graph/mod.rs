//! The read model `task_graph`.

mod projector;
mod query;
mod row;

pub use projector::{NAME, TaskGraphProjector};
pub use query::{between, dependencies, dependency, removed};
pub use row::DependencyRow;
