//! What agents, executions and deployments wrote, and what happened to the observed repository.

mod entry;
mod filter;
mod projector;
mod query;
mod row;

pub use entry::{EVENTS, entries};
pub use filter::Filter;
pub use projector::{Keep, LogsProjector, NAME};
pub use query::{Counted, MOST_COUNTED, Place, count, of_deployment, page};
pub use row::LogRow;
