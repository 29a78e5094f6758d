//! Alerts: what the people who run the installation have to know of, until it is over.

mod command;
mod event;
mod values;

pub use command::*;
pub use event::*;
pub use values::*;
