//! The repository that is observed.

mod aggregate;
mod error;

pub use aggregate::Git;
pub use error::GitError;
