//! Repositories and their issues.

mod aggregate;
mod decide;
mod error;
mod issue;

pub use aggregate::{Repository, Standing};
pub use error::RepositoryError;
pub use issue::Issue;
