//! Why somebody is not let in, or an account is not made.

use crate::secrets::{SecretError, TooManyAtOnce};
use crate::store::DispatchError;

/// What goes wrong around accounts.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// No such account, or another password. Nobody is told which.
    #[error("Incorrect username or password")]
    WrongCredentials,
    /// The refresh token is not valid any more, or never was.
    #[error("Could not validate credentials")]
    InvalidToken,
    /// The right password on a locked account.
    #[error("The account is locked after too many wrong passwords. Try again later.")]
    Locked,
    /// The right password on an account that was shut out.
    #[error("The account is not active. Ask an admin to activate it.")]
    Inactive,
    /// Not a member of the organisation.
    #[error("You are no active member of this organisation.")]
    NotAMember,
    /// The current password is another one.
    #[error("The current password is not right.")]
    WrongPassword,
    /// Too short, too long, or known to everybody.
    #[error("{0}")]
    WeakPassword(&'static str),
    /// A field is not as it should be.
    #[error("{1}")]
    Invalid(&'static str, &'static str),
    /// Every name like it is taken.
    #[error("This account information is already in use.")]
    NameTaken,
    /// The address of a GitHub account belongs to another account; they are never joined by it.
    #[error("The e-mail address belongs to another account. Sign in there and link GitHub.")]
    EmailInUse,
    /// Nobody registers by themselves here.
    #[error("Nobody can register here by themselves. Ask an admin for an account.")]
    RegistrationClosed,
    /// Too many passwords are being checked.
    #[error(transparent)]
    Busy(#[from] TooManyAtOnce),
    /// The vault did not answer.
    #[error(transparent)]
    Secrets(#[from] SecretError),
    /// A read model did not answer.
    #[error(transparent)]
    Query(#[from] pantheon_projections::QueryError),
    /// A command was not accepted.
    #[error(transparent)]
    Dispatch(#[from] DispatchError),
}
