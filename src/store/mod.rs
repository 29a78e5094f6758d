//! The way of a command: load, decide, append, answer.

mod committed;
mod dispatcher;
mod door;
mod error;
mod event_store;
mod registry;
mod slot;
mod snapshots;

pub use committed::Committed;
pub use dispatcher::{Dispatcher, DispatcherOptions, Hold, Prepare};
pub use door::Door;
pub use error::{DispatchError, Receipt};
pub use event_store::{EventStore, Loaded};
pub use registry::Commands;
