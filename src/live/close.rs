//! Why a live socket is closed. 4000–4499: come back. 4500–4999: do not.

use crate::auth::Unverified;

/// The close codes of `pantheon.live.v1`; the systems' dialects use them too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// The stream has come to its natural end.
    Done,
    /// The node is stopping.
    Shutdown,
    /// The token has run out; come back with a fresh one.
    TokenExpired,
    /// Nobody can say at the moment who the client is.
    Unavailable,
    /// The client may see other things now; come back for them.
    RightsChanged,
    /// A ping was not answered.
    NoPong,
    /// The socket took no bytes for too long.
    TooSlow,
    /// The log's lineage has changed; subscribe anew.
    EpochChanged,
    /// A frame that no client of ours sends.
    BadFrame,
    /// No token, or one that is not accepted.
    Unauthenticated,
    /// The right to listen was taken away.
    Forbidden,
    /// Nobody said who they are in time.
    InitTimeout,
    /// More subscriptions than one connection may have.
    TooManySubscriptions,
}

impl Close {
    /// The WebSocket close code.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Done => 1000,
            Self::Shutdown | Self::Unavailable => 4000,
            Self::TokenExpired | Self::RightsChanged => 4001,
            Self::NoPong => 4002,
            Self::TooSlow => 4003,
            Self::EpochChanged => 4004,
            Self::BadFrame => 4500,
            Self::Unauthenticated => 4501,
            Self::Forbidden => 4503,
            Self::InitTimeout => 4504,
            Self::TooManySubscriptions => 4505,
        }
    }

    /// The text beside the code.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Shutdown => "the server is stopping, reconnect",
            Self::Unavailable => "the database does not answer, reconnect",
            Self::TokenExpired => "the token has expired, reconnect with a fresh one",
            Self::RightsChanged => "what you may see has changed, reconnect",
            Self::NoPong => "a ping was not answered",
            Self::TooSlow => "no byte was taken for 30 s",
            Self::EpochChanged => "the log's epoch has changed, subscribe anew",
            Self::BadFrame => "malformed frame",
            Self::Unauthenticated => "not authenticated",
            Self::Forbidden => "not allowed any more",
            Self::InitTimeout => "no init within 5 s",
            Self::TooManySubscriptions => "too many subscriptions",
        }
    }
}

impl From<Unverified> for Close {
    fn from(refused: Unverified) -> Self {
        match refused {
            Unverified::Invalid(_) => Self::Unauthenticated,
            Unverified::Away(_) => Self::Unavailable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_fits_into_a_close_frame() {
        let all = [
            Close::TokenExpired,
            Close::EpochChanged,
            Close::Shutdown,
            Close::TooSlow,
        ];
        assert!(all.iter().all(|close| close.reason().len() <= 123));
    }
}
