//! Alerts.

mod aggregate;
mod decide;
mod error;

pub use aggregate::Alert;
pub use error::AlertError;
