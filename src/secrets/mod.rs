//! What must not be read from the log, a dump or a backup: secrets, and people's names.
//!
//! One master key (`PANTHEON_SECRET_KEY`) seals the vault and the data keys. Data keys seal personal
//! texts, one key for each person, and turn login names into what they are compared by.

mod data_keys;
mod envelope;
mod master;
mod passwords;
mod personal;
mod seal;
mod vault;

pub use envelope::Envelopes;
pub use master::{MasterKey, MasterKeyError};
pub use passwords::{PasswordHash, Passwords, TooManyAtOnce};
pub use personal::Personal;
pub use vault::Vault;

use data_keys::DataKeys;

/// Why a secret cannot be put away or fetched.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Postgres did not answer.
    #[error("the vault's database did not answer")]
    Database(#[from] sqlx::Error),
    /// It was sealed with another master key, or changed.
    #[error(
        "a secret cannot be opened: it was sealed with another PANTHEON_SECRET_KEY, or changed"
    )]
    Sealed,
}
