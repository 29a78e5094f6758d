//! Tasks and their dependencies on HTTP.

mod answer;
mod assign;
mod cancel;
mod complete;
mod create;
mod delete;
mod dependencies;
mod fail;
mod holder;
mod list;
mod one;
mod representation;
mod retry;
mod routes;
mod start;
mod stats;
mod update;

pub use list::TaskQuery;
pub use representation::{Task, TaskDependency};
pub use routes::routes;
