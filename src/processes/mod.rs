//! Processes: what follows from an event, one file each. They act through commands only.

mod process;
mod runner;

pub use process::{Process, ProcessError, settle};
pub use runner::{ProcessDeps, spawn};
