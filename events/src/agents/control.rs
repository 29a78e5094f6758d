//! What can be asked of an agent from outside, and how its heartbeats are kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words;

words! {
    /// The state an agent is wanted in.
    DesiredState {
        /// Working.
        Running = "running",
        /// Finishing what it has, taking nothing new.
        Paused = "paused",
        /// Not working.
        Stopped = "stopped",
    }
    /// A request for control.
    ControlRequest {
        /// Start working.
        Start = "start",
        /// Stop working.
        Stop = "stop",
        /// Take nothing new.
        Pause = "pause",
        /// Take tasks again.
        Resume = "resume",
        /// End and start anew.
        Restart = "restart",
    }
}

impl ControlRequest {
    /// The state it asks for.
    #[must_use]
    pub const fn wants(self) -> DesiredState {
        match self {
            Self::Start | Self::Resume | Self::Restart => DesiredState::Running,
            Self::Pause => DesiredState::Paused,
            Self::Stop => DesiredState::Stopped,
        }
    }

    /// The request that leads to a state, for an agent that comes (back) and has to be told.
    #[must_use]
    pub const fn towards(state: DesiredState) -> Self {
        match state {
            DesiredState::Running => Self::Start,
            DesiredState::Paused => Self::Pause,
            DesiredState::Stopped => Self::Stop,
        }
    }
}

/// Seconds until a request that nobody confirmed is given up.
pub const CONTROL_TIMEOUT_SECONDS: i64 = 30;

/// Which heartbeats become events. Those that change something always do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeartbeatRecording {
    /// Every one.
    #[default]
    All,
    /// One per so many seconds.
    Interval(u32),
    /// Only those that change something.
    Transitions,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telling_a_desired_state_asks_for_that_state() {
        for state in DesiredState::ALL {
            assert_eq!(ControlRequest::towards(*state).wants(), *state);
        }
    }
}
