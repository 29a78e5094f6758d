//! Accounts: who somebody is, the names they sign in with, and who administers the installation.

mod command;
mod event;
mod values;

pub use command::*;
pub use event::*;
pub use values::*;
