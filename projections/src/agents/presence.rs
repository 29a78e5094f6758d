//! What depends on the time of asking: health and uptime.

use chrono::{DateTime, Utc};
use pantheon_events::agents::{AgentStatus, Health, HealthThresholds};

use super::AgentRow;

/// How present an agent is at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence {
    /// The last heartbeat, recorded or not.
    pub last_heartbeat: Option<DateTime<Utc>>,
    /// The health it follows to.
    pub health: Health,
    /// Whole seconds since it came up; 0 when it is offline.
    pub uptime: i64,
}

impl Presence {
    /// Judges a row whose [`last_heartbeat`](AgentRow::last_heartbeat) counts unrecorded heartbeats
    /// as well.
    #[must_use]
    pub fn of(row: &AgentRow, thresholds: HealthThresholds, now: DateTime<Utc>) -> Self {
        let health = if row.revoked {
            Health::Unhealthy
        } else {
            thresholds.judge(row.last_heartbeat, now)
        };
        Self {
            last_heartbeat: row.last_heartbeat,
            health,
            uptime: uptime(row, now),
        }
    }
}

fn uptime(row: &AgentRow, now: DateTime<Utc>) -> i64 {
    match row.up_since {
        Some(since) if row.status != AgentStatus::Offline.as_str() => {
            (now - since).num_seconds().max(0)
        }
        _ => 0,
    }
}
