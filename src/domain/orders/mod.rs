//! Orders.

mod aggregate;
mod decide;
mod error;

pub use aggregate::Order;
pub use error::OrderError;
