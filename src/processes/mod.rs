//! Processes: what follows from an event, one file each. They act through commands only.

mod process;
mod runner;
mod task_edges;
mod task_graph_steps;
mod task_steps;

pub use process::{Process, ProcessError, settle};
pub use runner::{ProcessDeps, spawn};
pub use task_edges::TaskEdges;
pub use task_graph_steps::TaskGraphSteps;
pub use task_steps::TaskSteps;
