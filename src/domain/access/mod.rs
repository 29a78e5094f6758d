//! The trail of access.

mod aggregate;
mod error;

pub use aggregate::Trail;
pub use error::TrailError;
