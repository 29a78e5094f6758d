//! Personal text, which the log holds only as ciphertext.
//!
//! A person's e-mail address, name or network address is sealed with a key of that person's own
//! before the event is written. Destroying the key erases the text everywhere and leaves the log,
//! and every proof over it, as it is.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text sealed for one person: `1.` and the nonce and ciphertext in unpadded base64url. Whose it
/// is stands beside it (the stream, or a `user_id`).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Sealed(#[schemars(regex(pattern = r"^1\.[A-Za-z0-9_-]+$"))] String);

impl Sealed {
    /// Wraps what a vault made.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The ciphertext as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(..)")
    }
}
