//! Executions as people see them, and their logs.

mod logs;
mod projector;
mod query;
mod row;

pub use logs::{AgentExecutionLogsProjector, ExecutionLogRow, LOGS, Lines, lines, place};
pub use projector::{AgentExecutionsProjector, NAME, fold};
pub use query::{Counts, Filter, counts, list, one};
pub use row::ExecutionRow;
