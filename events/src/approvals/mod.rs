//! Approvals: decisions that people have to take before something happens, and the policies that
//! ask for them.

mod command;
mod event;
mod policy;
mod stages;
mod values;

pub use command::*;
pub use event::*;
pub use policy::*;
pub use stages::*;
pub use values::*;
