//! Plans: tasks that are made together, and which of them waits for which.

mod command;
mod event;
mod values;

pub use command::*;
pub use event::*;
pub use values::*;
