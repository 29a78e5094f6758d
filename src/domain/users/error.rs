//! Why an account, a login name or the list of admins says no.

use pantheon_events::Refusal;

use crate::domain::RuleError;

/// The refusals of accounts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    /// The id has an account.
    #[error("There is an account with this id already.")]
    AlreadyExists,
    /// A name belongs to another account. One text for every kind of name, so that it tells
    /// nothing about which.
    #[error("This account information is already in use.")]
    NameTaken,
    /// The name belongs to another account.
    #[error("The name belongs to another account.")]
    NotTheHolder,
    /// The password was changed meanwhile.
    #[error("The current password is not right. Try again.")]
    WrongPassword,
    /// The last active admin.
    #[error("This is the last active admin. Make somebody else an admin first.")]
    LastAdmin,
    /// The account has another GitHub account.
    #[error("Another GitHub account is linked. Unlink it first.")]
    AlreadyLinked,
    /// Nothing else to sign in with.
    #[error("GitHub is the only way to sign in to this account. Set a password first.")]
    LastCredential,
}

impl RuleError for UserError {
    fn refusal(&self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::AlreadyExists | Self::NameTaken | Self::AlreadyLinked => {
                Refusal::already_exists(message)
            }
            Self::NotTheHolder => Refusal::rule("not_the_holder", message),
            Self::WrongPassword => Refusal::rule("wrong_password", message),
            Self::LastAdmin => Refusal::rule("last_admin", message),
            Self::LastCredential => Refusal::rule("last_credential", message),
        }
    }
}
