//! Teams: members of an organisation who work together.

mod command;
mod event;
mod values;

pub use command::*;
pub use event::*;
pub use values::*;
