//! Sessions: a sign-in and the tokens that follow from it.

mod command;
mod event;
mod values;

pub use command::*;
pub use event::*;
pub use values::*;
