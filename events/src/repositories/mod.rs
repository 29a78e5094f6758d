//! Repositories on GitHub, and what their issues and pull requests are like.

mod command;
mod event;
mod values;

pub use command::*;
pub use event::*;
pub use values::*;
