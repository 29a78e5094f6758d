//! Organisations: tenants that people share, and who may do what there.

mod command;
mod event;
mod values;

pub use command::*;
pub use event::*;
pub use values::*;
