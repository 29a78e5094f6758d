//! Nodes: the processes that make up an installation, and how their machines are.

mod command;
mod event;

pub use command::*;
pub use event::*;
