//! Products: what is sold, and how much of it is there.

mod command;
mod event;
mod values;

pub use command::*;
pub use event::*;
pub use values::*;
