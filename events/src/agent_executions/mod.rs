//! Agents at work on issues. An execution is carried out by a task; what happens to the task
//! happens to it.

mod command;
mod event;
mod values;

pub use command::*;
pub use event::*;
pub use values::*;
