//! The words of accounts.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an account may do in the default organisation.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AccountRole {
    /// Looks at it. `user` is read as this.
    #[default]
    #[serde(alias = "user")]
    Viewer,
    /// Works with it.
    Developer,
    /// Everything, the installation itself included.
    Admin,
}

impl AccountRole {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Developer => "developer",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for AccountRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How an account came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Somebody registered.
    #[serde(rename = "self")]
    Own,
    /// An admin made it.
    Admin,
    /// The first sign-in with a GitHub account.
    Github,
    /// It was brought from another system.
    Import,
}

/// What kind of name a login name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NameKind {
    /// An e-mail address.
    Email,
    /// A user name.
    Username,
    /// A GitHub account's number.
    Github,
}

/// Why a sign-in failed. Only the log tells; the caller is always told the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureReason {
    /// Nobody has this name.
    UnknownAccount,
    /// The password is another one.
    WrongPassword,
    /// The account is locked.
    AccountLocked,
    /// The account is not active.
    AccountInactive,
}

impl FailureReason {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownAccount => "unknown_account",
            Self::WrongPassword => "wrong_password",
            Self::AccountLocked => "account_locked",
            Self::AccountInactive => "account_inactive",
        }
    }
}

/// A login name as the log knows it: the HMAC-SHA256 of its NFKC lower-case form, in hex. Names are
/// compared by it, and nobody can read one from it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct NameKey(#[schemars(regex(pattern = r"^[0-9a-f]{64}$"))] String);

impl NameKey {
    /// The key as text: the id of the name's stream.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for NameKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NameKey({}…)", &self.0[..8])
    }
}

impl fmt::Display for NameKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is no digest of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 lower-case hexadecimal digits")]
pub struct InvalidNameKey;

impl FromStr for NameKey {
    type Err = InvalidNameKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        match text.len() == 64 && text.bytes().all(digit) {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidNameKey),
        }
    }
}

impl<'de> Deserialize<'de> for NameKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
