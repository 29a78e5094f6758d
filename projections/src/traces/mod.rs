//! What followed from what: effects by the request that they began with.

mod projector;
mod query;
mod row;

pub use projector::TracesProjector;
pub use query::effects;
pub use row::TraceRow;

/// The projection's name.
pub const TRACES: &str = "traces";
