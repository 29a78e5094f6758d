//! The trail of access: who was refused, who took data along, which tokens were given. Sign-ins and failed
//! ones stand with the sessions and the login names.

mod command;
mod event;
mod values;

pub use command::*;
pub use event::*;
pub use values::*;
