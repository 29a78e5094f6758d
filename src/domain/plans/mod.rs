//! Plans: tasks that are made together, what follows from their order, and how the whole goes.

mod aggregate;
pub mod analysis;
mod decide;
mod error;

pub use aggregate::Plan;
pub use error::PlanError;
