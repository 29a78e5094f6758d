//! How a command ends.

use std::error::Error;
use std::fmt;
use std::io::ErrorKind;

use pantheon_nats::BusError;

use crate::auth::KeyError;
use crate::config::ConfigError;
use crate::migrations::NotMigrated;
use crate::secrets::{MasterKeyError, SecretError};

/// The exit codes. 0 is success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It did not work.
    Failed = 1,
    /// The call was wrong.
    Usage = 2,
    /// There is no such thing.
    NotFound = 3,
    /// Not authenticated, or not allowed.
    Denied = 4,
    /// Somebody else was first.
    Conflict = 5,
    /// A proof or a comparison did not hold.
    Verification = 6,
    /// Behind, or too slow.
    Behind = 7,
    /// Postgres, NATS or the server is not reachable.
    Unreachable = 8,
    /// Interrupted by a signal.
    Interrupted = 130,
}

impl Exit {
    /// The process's exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// What an error of the database means: away, closed to this user, or a failure.
    #[must_use]
    pub fn of_database(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Configuration(_) => Self::Usage,
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unreachable,
            sqlx::Error::Database(said) => match said.code().as_deref().unwrap_or_default() {
                "42501" => Self::Denied,
                code if code.starts_with("28") => Self::Denied,
                // Going down, coming up, or without a free place.
                code if code.starts_with("57P") || code.starts_with("53") => Self::Unreachable,
                _ => Self::Failed,
            },
            _ => Self::Failed,
        }
    }

    /// The exit code of a cause that has one of its own.
    fn of(cause: &(dyn Error + 'static)) -> Option<Self> {
        if let Some(error) = cause.downcast_ref::<sqlx::Error>() {
            return Some(Self::of_database(error));
        }
        if let Some(error) = cause.downcast_ref::<NotMigrated>() {
            return Some(match error {
                NotMigrated::Behind(_) => Self::Behind,
                NotMigrated::Ahead => Self::Failed,
            });
        }
        let setting = cause.is::<ConfigError>()
            || matches!(
                cause.downcast_ref(),
                Some(KeyError::File(_) | KeyError::NotAKey(_))
            )
            || matches!(cause.downcast_ref(), Some(BusError::Setting(_)))
            || matches!(
                cause.downcast_ref(),
                Some(
                    MasterKeyError::File(_) | MasterKeyError::Weak(_) | MasterKeyError::Configured
                )
            )
            || matches!(cause.downcast_ref(), Some(SecretError::UnknownKey(_)));
        match cause.downcast_ref() {
            Some(KeyError::Unknown) => return Some(Self::NotFound),
            Some(KeyError::Signs) => return Some(Self::Conflict),
            _ => {}
        }
        setting.then_some(Self::Usage)
    }
}

/// Why a command failed, for a person, and the exit code for a script.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What is wrong and what to do. Empty: nothing is left to say.
    pub message: String,
}

impl Failure {
    /// A failure with its exit code.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
        }
    }

    /// A failure of no special kind.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// The call was wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A dependency is not reachable.
    pub fn unreachable(message: impl Into<String>) -> Self {
        Self::new(Exit::Unreachable, message)
    }

    /// The database, in the middle of `doing`.
    pub fn database(doing: &str, error: &sqlx::Error) -> Self {
        Self::new(Exit::of_database(error), format!("{doing}: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The exit code of the first cause that has one.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        let exit = error.chain().find_map(Exit::of);
        Self::new(exit.unwrap_or(Exit::Failed), format!("{error:#}"))
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        // Whoever read our output has seen enough (`| head`).
        if error.kind() == ErrorKind::BrokenPipe {
            return Self::failed("");
        }
        Self::failed(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    fn exit(error: impl Into<anyhow::Error>) -> Exit {
        let error: Result<(), anyhow::Error> = Err(error.into());
        let error = error.context("the node did not start");
        Failure::from(error.expect_err("an error")).exit
    }

    #[test]
    fn a_start_that_failed_ends_with_the_code_of_its_cause() {
        let refused = std::io::Error::from(ErrorKind::ConnectionRefused);
        assert_eq!(exit(sqlx::Error::Io(refused)), Exit::Unreachable);
        assert_eq!(exit(NotMigrated::Behind(3)), Exit::Behind);
        assert_eq!(exit(NotMigrated::Ahead), Exit::Failed);
        assert_eq!(exit(BusError::Setting("NATS_URL".into())), Exit::Usage);
        assert_eq!(exit(BusError::Disconnected), Exit::Failed);
        let taken = std::io::Error::from(ErrorKind::AddrInUse);
        assert_eq!(exit(taken), Exit::Failed);
    }
}
