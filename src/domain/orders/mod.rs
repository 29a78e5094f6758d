//! Orders.

mod aggregate;
mod decide;
mod error;

pub use aggregate::Order;
pub use decide::for_another;
pub use error::OrderError;
