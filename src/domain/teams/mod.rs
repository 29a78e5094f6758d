//! Teams of an organisation.

mod aggregate;
mod decide;
mod error;

pub use aggregate::Team;
pub use error::TeamError;
