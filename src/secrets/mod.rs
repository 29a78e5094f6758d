//! What must not be read from the log, a dump or a backup: secrets, and people's names.
//!
//! One master key (`PANTHEON_SECRET_KEY`) seals the vault and the data keys. Data keys seal personal
//! texts, one key for each person, and turn login names into what they are compared by.

mod argon;
mod data_keys;
mod elsewhere;
mod envelope;
mod master;
mod passwords;
mod personal;
mod rotation;
mod seal;
mod vault;

pub use envelope::Envelopes;
pub use master::{MasterKey, MasterKeyError};
pub use passwords::{PasswordHash, Passwords, TooManyAtOnce, is_known_hash, is_outdated};
pub use personal::Personal;
pub use rotation::{InUse, Rotated, check, in_use, rotate};
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
    /// It was sealed with a key that nobody configured.
    #[error(
        "secrets are sealed with the key {0}, which is not configured: put that key behind the present one \
         in PANTHEON_SECRET_KEY (with a comma between), or as a further line into keys/secret.key of the \
         data directory; `pantheon secrets status` says which keys are in use"
    )]
    UnknownKey(String),
}
