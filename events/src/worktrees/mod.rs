//! Worktrees, and the repository that is observed.

mod command;
mod event;
mod git;
mod values;

pub use command::*;
pub use event::*;
pub use git::*;
pub use values::*;
