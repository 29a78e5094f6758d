//! Why a session says no.

use pantheon_events::Refusal;

use crate::domain::RuleError;

/// The refusals of sessions. Sign-in endpoints answer each of them with the same 401.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The id has a session.
    #[error("There is a session with this id already. Sign in again.")]
    AlreadyExists,
    /// It has ended.
    #[error("The session has ended. Sign in again.")]
    Ended,
    /// The refresh token is none of its own.
    #[error("The refresh token is not valid. Sign in again.")]
    UnknownToken,
}

impl RuleError for SessionError {
    fn refusal(&self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::AlreadyExists => Refusal::already_exists(message),
            Self::Ended => Refusal::rule("session_ended", message),
            Self::UnknownToken => Refusal::rule("refresh_token_invalid", message),
        }
    }
}
