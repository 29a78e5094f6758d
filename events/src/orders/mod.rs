//! Orders: what a customer wants, at which price, and how far it is.

mod command;
mod event;
mod values;

pub use command::*;
pub use event::*;
pub use values::*;
