//! What happened, for people.

mod describe;
mod projector;
mod query;

pub use projector::{ActivityProjector, ActivityRow, NAME};
pub use query::{Filter, Stats, list, stats};
