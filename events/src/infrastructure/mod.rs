//! Infrastructure: the machines, containers and services that the installation runs on.

mod command;
mod event;
mod values;

pub use command::*;
pub use event::*;
pub use values::*;
