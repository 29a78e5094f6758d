//! Tasks: units of work for agents, and which of them waits for which.

mod command;
mod event;
mod graph;
mod values;

pub use command::*;
pub use event::*;
pub use graph::*;
pub use values::*;
