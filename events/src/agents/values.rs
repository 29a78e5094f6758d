//! The words of agents.

use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::TaskId;

macro_rules! words {
    ($($(#[$meta:meta])* $name:ident { $($(#[$word_meta:meta])* $Word:ident = $text:literal),+ $(,)? })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum $name {
            $($(#[$word_meta])* #[serde(rename = $text)] $Word),+
        }

        impl $name {
            /// Every word, in order.
            pub const ALL: &'static [Self] = &[$(Self::$Word),+];

            /// The word on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$Word => $text),+ }
            }

            /// Reads the word on the wire.
            #[must_use]
            pub fn of(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )+};
}
pub(crate) use words;

words! {
    /// What an agent works on.
    Category {
        /// Software.
        Coding = "coding",
        /// The business around it.
        Business = "business",
    }
    /// What kind of member of the fleet it is.
    MemberKind {
        /// Does tasks; the only kind in the list of agents.
        Agent = "agent",
        /// A process that runs agents.
        Worker = "worker",
        /// A machine that manages workers.
        Coordinator = "coordinator",
    }
    /// How an agent is doing, as derived from what it says and what was asked of it.
    AgentStatus {
        /// Up and working or ready to.
        Active = "active",
        /// Up, with nothing to do or told to wait.
        Idle = "idle",
        /// Up, and in trouble.
        Error = "error",
        /// Not there.
        Offline = "offline",
    }
    /// Why a status changed.
    StatusReason {
        /// A heartbeat said so.
        Heartbeat = "heartbeat",
        /// No heartbeat came for too long.
        NoHeartbeat = "no_heartbeat",
        /// The agent did what it was asked to.
        ControlConfirmed = "control_confirmed",
        /// The agent reported an error.
        ErrorReported = "error_reported",
        /// The agent may no longer speak.
        Revoked = "revoked",
    }
    /// How far an agent can be trusted to be there, by the age of its last heartbeat.
    Health {
        /// Heard of lately.
        Healthy = "Healthy",
        /// Not heard of for a while.
        Degraded = "Degraded",
        /// Lost, or revoked.
        Unhealthy = "Unhealthy",
        /// Never heard of.
        Unknown = "Unknown",
    }
    /// What an agent says of itself.
    ReportedState {
        /// Working or ready to.
        Active = "active",
        /// Nothing to do.
        Idle = "idle",
        /// In trouble.
        Error = "error",
    }
    /// How grave a log entry is.
    LogLevel {
        /// For those who look for a fault.
        Debug = "DEBUG",
        /// The usual.
        Info = "INFO",
        /// Something to look at.
        Warn = "WARN",
        /// Something failed.
        Error = "ERROR",
    }
}

/// How an agent is to work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentConfig {
    /// Tasks it may hold at a time, 1–100.
    pub max_concurrent_tasks: u32,
    /// Seconds it may take for one, 1–86 400.
    pub timeout_seconds: u32,
    /// Times it tries again, 0–20.
    pub retry_attempts: u32,
    /// Whether its log entries are kept.
    pub enable_logging: bool,
}

impl Default for AgentConfig {
    fn default() -> Self {
        Self {
            max_concurrent_tasks: 3,
            timeout_seconds: 3600,
            retry_attempts: 3,
            enable_logging: true,
        }
    }
}

/// What an agent is at, as it says itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CurrentTask {
    /// The task.
    #[garde(skip)]
    pub task_id: TaskId,
    /// How far it is, 0–1.
    #[garde(range(min = 0.0, max = 1.0))]
    pub progress: f64,
}

/// One line of an agent's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct LogEntry {
    /// How grave; `INFO` when left out.
    #[serde(default = "info")]
    #[garde(skip)]
    pub level: LogLevel,
    /// What happened, 1 byte to 8 KiB.
    #[garde(length(bytes, min = 1, max = 8192))]
    pub message: String,
    /// When; the time of the append when left out.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::time::optional"
    )]
    #[garde(skip)]
    pub timestamp: Option<DateTime<Utc>>,
    /// The run of the agent it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 128))]
    pub session_id: Option<String>,
    /// The execution it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub execution_id: Option<Uuid>,
    /// Whatever helps to place it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 255))]
    pub context: Option<String>,
    /// The file it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 255))]
    pub file: Option<String>,
    /// The line in that file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 1))]
    pub line: Option<i64>,
    /// The issue it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(range(min = 1))]
    pub issue_number: Option<i64>,
}

const fn info() -> LogLevel {
    LogLevel::Info
}

/// The largest log entry, in bytes of its JSON text.
pub const LOG_ENTRY_BYTES: usize = 8 * 1024;

/// Health by the age of the last heartbeat. Both thresholds belong to the worse side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthThresholds {
    /// Seconds without a heartbeat after which an agent is `Degraded`.
    pub degraded_after: u32,
    /// Seconds without a heartbeat after which it is `Unhealthy`, and its status `offline`.
    pub unhealthy_after: u32,
}

impl Default for HealthThresholds {
    fn default() -> Self {
        Self {
            degraded_after: 60,
            unhealthy_after: 300,
        }
    }
}

impl HealthThresholds {
    /// Judges an agent that may speak.
    #[must_use]
    pub fn judge(self, last_heartbeat: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Health {
        let Some(last) = last_heartbeat else {
            return Health::Unknown;
        };
        let age = (now - last).num_milliseconds();
        if age >= i64::from(self.unhealthy_after) * 1000 {
            Health::Unhealthy
        } else if age >= i64::from(self.degraded_after) * 1000 {
            Health::Degraded
        } else {
            Health::Healthy
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn after_ms(age: i64) -> Health {
        let last = DateTime::UNIX_EPOCH;
        HealthThresholds::default().judge(Some(last), last + TimeDelta::milliseconds(age))
    }

    #[test]
    fn health_turns_exactly_at_60_and_300_seconds() {
        assert_eq!(after_ms(0), Health::Healthy);
        assert_eq!(after_ms(59_999), Health::Healthy);
        assert_eq!(after_ms(60_000), Health::Degraded);
        assert_eq!(after_ms(299_999), Health::Degraded);
        assert_eq!(after_ms(300_000), Health::Unhealthy);
    }

    #[test]
    fn who_was_never_heard_has_unknown_health() {
        let thresholds = HealthThresholds::default();
        assert_eq!(
            thresholds.judge(None, DateTime::UNIX_EPOCH),
            Health::Unknown
        );
    }

    #[test]
    fn a_heartbeat_from_a_clock_that_is_ahead_is_healthy() {
        assert_eq!(after_ms(-5_000), Health::Healthy);
    }
}
