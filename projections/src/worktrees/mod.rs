//! Worktrees as operators see them, and as git has to make them.

mod projector;
mod query;

pub use projector::{NAME, WorktreeRow, WorktreesProjector};
pub use query::{Filter, all, gone, list, one, requested};
