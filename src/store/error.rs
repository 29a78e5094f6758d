//! What a dispatched command comes back with.

use pantheon_events::{CommandId, InvalidCommand, Position, Refusal, Sequence};
use pantheon_log::{AppendError, ReadError};

/// The answer to an accepted command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The idempotency key it was recorded under.
    pub command_id: CommandId,
    /// The stream it went to.
    pub aggregate_id: String,
    /// The position of its last event; without events that of the stream's last one.
    pub position: Position,
    /// The stream's sequence after it.
    pub sequence: Sequence,
    /// Whether this is the first answer again.
    pub replayed: bool,
}

/// Why a command was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum DispatchError {
    /// The data are not a command, or break a limit.
    #[error(transparent)]
    Invalid(#[from] InvalidCommand),
    /// A rule said no. Recorded under the command id.
    #[error("{refusal}")]
    Refused {
        /// The rule's answer.
        refusal: Refusal,
        /// The idempotency key that the refusal is recorded under; none when nothing was recorded.
        command_id: Option<CommandId>,
        /// Whether this is the first answer again.
        replayed: bool,
    },
    /// The command id was used with another body.
    #[error("this command id was already used with another body; take a fresh one")]
    Mismatch,
    /// The stream kept moving while the command was decided.
    #[error("the stream changed while the command was decided; send it again")]
    Conflict,
    /// The caller's expected sequence is not the stream's.
    #[error("the stream is at sequence {actual}; read it again and decide anew")]
    SequenceMismatch {
        /// The stream's sequence.
        actual: Sequence,
    },
    /// The log gave no verdict.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The stream could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The stream holds something this build cannot read.
    #[error("the stream holds an event this build cannot read: {0}")]
    Corrupt(String),
}

impl DispatchError {
    /// A refusal that was decided now.
    #[must_use]
    pub fn refused(refusal: Refusal) -> Self {
        Self::Refused {
            refusal,
            command_id: None,
            replayed: false,
        }
    }
}
