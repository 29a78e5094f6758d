//! Accounts, the names they sign in with, and the list of admins.

mod admins;
mod decide;
mod error;
mod login_name;
mod user;

pub use admins::{ADMINS, AdminList};
pub use error::UserError;
pub use login_name::{FAILURES, LoginName};
pub use user::{Setup, User};
