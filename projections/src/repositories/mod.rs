//! Repositories as people see them.

mod projector;
mod query;
mod row;

pub use projector::{NAME, RepositoriesProjector, fold};
pub use query::{Filter, active, count, count_others, list, named, one};
pub use row::RepositoryRow;
