//! The read model `plans`.

mod projector;
mod query;
mod row;

pub use projector::{NAME, PlansProjector};
pub use query::{Filter, list, one, total};
pub use row::PlanRow;
