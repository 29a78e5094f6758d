//! What is asked of the database by hand, taken out of it and brought into it.

mod command;
mod event;
mod values;

pub use command::*;
pub use event::*;
pub use values::*;
