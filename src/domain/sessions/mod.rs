//! Sessions: a sign-in and the tokens that follow from it.

mod aggregate;
mod decide;
mod error;
mod life;

pub use aggregate::Session;
pub use error::SessionError;
pub use life::{FAMILY_LIFE, TOKEN_LIFE};
