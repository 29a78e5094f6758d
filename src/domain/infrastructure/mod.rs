//! Infrastructure.

mod aggregate;
mod decide;
mod error;

pub use aggregate::Infrastructure;
pub use error::InfrastructureError;
