//! Observers: they look at the world outside every now and then, and what has changed becomes events.

mod docker;
mod git;
mod observer;
mod registry;
mod runner;
mod services;
mod worktree_git;

pub use observer::{Observer, Unseen};
pub use registry::all;
pub use runner::spawn;
