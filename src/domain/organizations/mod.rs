//! Organisations: their members and who may do what.

mod aggregate;
mod asker;
mod decide;
mod error;

pub use aggregate::{Member, Organization};
pub use error::OrganizationError;
