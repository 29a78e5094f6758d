//! Observers: they look at the world outside every now and then, and what has changed becomes events.

mod docker;
mod observer;
mod registry;
mod runner;
mod services;

pub use observer::{Observer, Unseen};
pub use registry::all;
pub use runner::spawn;
