//! What every process has in common.

use async_trait::async_trait;
use pantheon_events::{RecordedEvent, Refusal};
use pantheon_log::outside_words;

use crate::store::{DispatchError, Receipt};

/// A reaction to events, and to time passing. Both may be repeated: every command of a process
/// carries an id that is derived from its cause.
#[async_trait]
pub trait Process: Send + Sync + 'static {
    /// Its name; also the actor of its commands.
    fn name(&self) -> &'static str;

    /// Whether an event is of interest. None is to a process that goes by the clock alone.
    fn wants(&self, _: &RecordedEvent) -> bool {
        false
    }

    /// What follows from an event.
    async fn react(&self, _: &RecordedEvent) -> Result<(), ProcessError> {
        Ok(())
    }

    /// What is due. Called about once a second on the node that runs the process.
    async fn tick(&self) -> Result<(), ProcessError> {
        Ok(())
    }
}

/// Why a reaction did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// Something is away for now; the same event is tried again.
    #[error("{0}")]
    Retry(String),
    /// A defect: the process stops and says so.
    #[error("{0}")]
    Halt(String),
}

/// A round of what is due: one item that fails does not keep the others.
#[derive(Debug, Default)]
pub struct Round(Option<ProcessError>);

impl Round {
    /// Notes how one item went.
    pub fn note(&mut self, done: Result<(), ProcessError>) {
        if let Err(error) = done {
            self.0.get_or_insert(error);
        }
    }

    /// The first item's error.
    pub fn end(self) -> Result<(), ProcessError> {
        self.0.map_or(Ok(()), Err)
    }
}

/// A process's command was accepted, or refused because the world has moved on: both settle it.
pub fn settle(result: Result<Receipt, DispatchError>) -> Result<(), ProcessError> {
    if let Some(refusal) = refused(result)? {
        tracing::debug!(code = refusal.code, "a process's command no longer applies");
    }
    Ok(())
}

/// The same for a process that goes by the rule's answer: why the command was refused, if it was.
pub fn refused(result: Result<Receipt, DispatchError>) -> Result<Option<Refusal>, ProcessError> {
    match result {
        Ok(_) => Ok(None),
        Err(DispatchError::Refused { refusal, .. }) => Ok(Some(refusal)),
        Err(error @ (DispatchError::Invalid(_) | DispatchError::Mismatch)) => {
            Err(ProcessError::Halt(error.to_string()))
        }
        Err(error) => Err(ProcessError::Retry(error.to_string())),
    }
}

impl From<sqlx::Error> for ProcessError {
    fn from(error: sqlx::Error) -> Self {
        tracing::warn!(cause = %error, "a process's call of the database failed");
        Self::Retry(outside_words(&error))
    }
}
