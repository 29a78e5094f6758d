//! What goes wrong around accounts, on HTTP.

use axum::http::StatusCode;

use crate::http::Problem;
use crate::identity::IdentityError;
use crate::secrets::SecretError;

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Self {
        let detail = error.to_string();
        let unauthenticated = |detail| Self {
            detail,
            ..Self::unauthenticated()
        };
        match error {
            IdentityError::WrongCredentials | IdentityError::InvalidToken => {
                unauthenticated(detail)
            }
            IdentityError::Locked => Self::new(StatusCode::FORBIDDEN, "account_locked", detail),
            IdentityError::Inactive => Self::new(StatusCode::FORBIDDEN, "account_inactive", detail),
            IdentityError::NotAMember => Self::forbidden(detail),
            IdentityError::WrongPassword => {
                Self::rule("wrong_password", detail.clone()).with_error("current_password", detail)
            }
            IdentityError::WeakPassword(_) => {
                Self::rule("weak_password", detail.clone()).with_error("password", detail)
            }
            IdentityError::Invalid(field, message) => Self::invalid(field, message),
            IdentityError::NameTaken => Self::new(StatusCode::CONFLICT, "already_exists", detail),
            IdentityError::EmailInUse => Self::new(StatusCode::CONFLICT, "email_in_use", detail),
            IdentityError::RegistrationClosed => {
                Self::new(StatusCode::FORBIDDEN, "registration_closed", detail)
            }
            IdentityError::Busy(_) => Self::unavailable("overloaded", detail, 1),
            IdentityError::Secrets(secret) => secret.into(),
            IdentityError::Query(error) => error.into(),
            IdentityError::Dispatch(error) => error.into(),
        }
    }
}

impl From<SecretError> for Problem {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Database(cause) => {
                tracing::warn!(%cause, "the database did not answer for a secret");
                Self::unavailable("database_unavailable", "The database does not answer.", 1)
            }
            SecretError::Sealed | SecretError::UnknownKey(_) => Self::internal(&error),
        }
    }
}
