//! Worktrees.

mod aggregate;
mod decide;
mod error;

pub use aggregate::{Stage, Worktree};
pub use error::WorktreeError;
