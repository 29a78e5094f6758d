//! The fleet's states over time.

mod projector;
mod query;

pub use projector::{NAME, TimelineProjector, TimelineRow};
pub use query::window;
