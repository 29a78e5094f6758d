//! The read model `tasks`.

mod due;
mod fold;
mod list;
mod planned;
mod projector;
mod query;
mod row;
mod staged;

pub use due::{HeldTask, LostAttempt, Wanted, held_by, lost_attempts, ready_for};
pub use fold::{creator, fold};
pub use list::{ListKey, TaskFilter, TaskStats, check_cursor, page, page_number, stats, total};
pub use planned::{PlansTask, of_plans, uncompleted};
pub use projector::{NAME, TasksProjector};
pub use query::one;
pub use row::TaskRow;
pub use staged::{StagedTask, staged};
