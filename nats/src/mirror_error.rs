//! What goes wrong on the mirror, and what to do then.

use std::time::Duration;

use pantheon_events::Position;

use crate::bus::BusError;
use crate::reconcile::Fork;

/// Why a call on the mirror did not do its work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MirrorError {
    /// The bus cannot be used now.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// No answer in time: the message may be stored or not.
    #[error("JetStream gave no answer within {0:?}; whether it stored the message is unknown")]
    Timeout(Duration),
    /// Another relay was first, or the stream lost its tail.
    #[error("the stream does not end before position {position} ({detail})")]
    WrongLastSequence {
        /// The position that was to be stored.
        position: Position,
        /// The server's words.
        detail: String,
    },
    /// The stream is gone.
    #[error("the stream PANTHEON_EVENTS is missing")]
    Missing,
    /// Somebody else has made the stream, or filled it, meanwhile.
    #[error("the stream PANTHEON_EVENTS is there already")]
    Exists,
    /// The stream changes while it is looked at.
    #[error("the stream PANTHEON_EVENTS changes while it is looked at")]
    Moving,
    /// The stream holds something else than the log.
    #[error(transparent)]
    Fork(#[from] Fork),
    /// The server will not: disk full, a limit, missing rights.
    #[error("JetStream refused: {0}")]
    Refused(String),
}

/// What to do after a [`MirrorError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Ask [`Mirror::seen`](crate::mirror::Mirror::seen) again at once and go on from there.
    Reread,
    /// The same after a pause.
    Wait,
    /// Raise the alarm and stop until `bus rebuild`.
    Stop,
}

impl MirrorError {
    /// What others may read of it. The words of the server and of its client belong into the
    /// process log.
    #[must_use]
    pub fn outside_words(&self) -> String {
        match self {
            Self::Refused(_) | Self::Bus(BusError::Refused(_)) => {
                "JetStream refused (disk full, a limit, a missing right); see the process log"
                    .to_owned()
            }
            Self::WrongLastSequence { position, .. } => {
                format!("the stream does not end before position {position}")
            }
            other => other.to_string(),
        }
    }

    /// What to do after this error.
    #[must_use]
    pub fn reaction(&self) -> Reaction {
        match self {
            Self::WrongLastSequence { .. }
            | Self::Missing
            | Self::Exists
            | Self::Moving
            | Self::Timeout(_) => Reaction::Reread,
            Self::Bus(_) | Self::Refused(_) => Reaction::Wait,
            Self::Fork(_) => Reaction::Stop,
        }
    }
}
