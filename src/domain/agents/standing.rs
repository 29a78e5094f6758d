//! What an agent's status follows from.

use pantheon_events::agents::{AgentStatus, DesiredState, ReportedState};
use serde::{Deserialize, Serialize};

/// The few facts that decide the status. Small, so that a heartbeat copies only this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// It may speak no more.
    pub revoked: bool,
    /// A heartbeat came since it was last offline.
    pub up: bool,
    /// It reported an error, or its last heartbeat did.
    pub troubled: bool,
    /// What its last heartbeat said.
    pub reported: ReportedState,
    /// The state it is wanted in.
    pub desired: DesiredState,
    /// It has done what was asked of it.
    pub confirmed: bool,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            revoked: false,
            up: false,
            troubled: false,
            reported: ReportedState::Active,
            desired: DesiredState::Running,
            confirmed: true,
        }
    }
}

impl Standing {
    /// Whether it was stopped and has stopped.
    #[must_use]
    pub fn halted(self) -> bool {
        self.desired == DesiredState::Stopped && self.confirmed
    }

    /// The status that follows. The first line that fits counts.
    #[must_use]
    pub fn status(self) -> AgentStatus {
        if self.revoked || !self.up || self.halted() {
            AgentStatus::Offline
        } else if self.troubled {
            AgentStatus::Error
        } else if self.desired == DesiredState::Paused || self.reported == ReportedState::Idle {
            AgentStatus::Idle
        } else {
            AgentStatus::Active
        }
    }

    /// After a heartbeat.
    #[must_use]
    pub fn heard(self, reported: ReportedState) -> Self {
        Self {
            up: !self.revoked && !self.halted(),
            troubled: reported == ReportedState::Error,
            reported,
            ..self
        }
    }

    /// After it did what was asked.
    #[must_use]
    pub fn confirming(self) -> Self {
        Self {
            confirmed: true,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UP: fn() -> Standing = || Standing::default().heard(ReportedState::Active);

    #[test]
    fn an_agent_that_was_never_heard_is_offline() {
        assert_eq!(Standing::default().status(), AgentStatus::Offline);
    }

    #[test]
    fn an_agent_that_is_up_is_what_its_heartbeat_said() {
        for (said, status) in [
            (ReportedState::Active, AgentStatus::Active),
            (ReportedState::Idle, AgentStatus::Idle),
            (ReportedState::Error, AgentStatus::Error),
        ] {
            assert_eq!(UP().heard(said).status(), status);
        }
    }

    #[test]
    fn a_good_heartbeat_ends_the_trouble() {
        let troubled = Standing {
            troubled: true,
            ..UP()
        };
        assert_eq!(troubled.status(), AgentStatus::Error);
        assert_eq!(
            troubled.heard(ReportedState::Active).status(),
            AgentStatus::Active
        );
    }

    #[test]
    fn a_paused_agent_is_idle_unless_it_is_in_trouble() {
        let paused = Standing {
            desired: DesiredState::Paused,
            ..UP()
        };
        assert_eq!(paused.status(), AgentStatus::Idle);
        assert_eq!(
            paused.heard(ReportedState::Error).status(),
            AgentStatus::Error
        );
    }

    #[test]
    fn a_stopped_agent_is_offline_once_it_confirmed_and_stays_so() {
        let stopping = Standing {
            desired: DesiredState::Stopped,
            confirmed: false,
            ..UP()
        };
        assert_eq!(stopping.status(), AgentStatus::Active);
        let stopped = stopping.confirming();
        assert_eq!(stopped.status(), AgentStatus::Offline);
        assert_eq!(
            stopped.heard(ReportedState::Active).status(),
            AgentStatus::Offline
        );
    }

    #[test]
    fn a_revoked_agent_is_offline_whatever_it_says() {
        let revoked = Standing {
            revoked: true,
            ..UP()
        };
        assert_eq!(
            revoked.heard(ReportedState::Active).status(),
            AgentStatus::Offline
        );
    }
}
