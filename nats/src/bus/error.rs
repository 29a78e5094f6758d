//! Why there is no bus.

use std::time::Duration;

/// Why there is no bus.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// The setting cannot be used.
    #[error("{0}")]
    Setting(String),
    /// The server is away.
    #[error("NATS is not connected; it is tried again without end")]
    Disconnected,
    /// The server is too old.
    #[error("{0}")]
    Unsupported(String),
    /// No answer in time.
    #[error("NATS gave no answer within {0:?}")]
    Timeout(Duration),
    /// The client or the server refused.
    #[error("NATS: {0}")]
    Refused(String),
}

impl BusError {
    /// What others may read of it. The words of the server and of its client belong into the process
    /// log.
    #[must_use]
    pub fn outside_words(&self) -> String {
        match self {
            Self::Refused(_) => "NATS refused; see the process log".to_owned(),
            other => other.to_string(),
        }
    }
}
