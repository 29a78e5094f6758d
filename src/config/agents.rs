//! The settings of agents, as their context wants them.

use std::time::Duration;

use pantheon_events::agents::{HealthThresholds, HeartbeatRecording};

use super::{Config, HeartbeatRecord};

impl Config {
    /// How much silence is too much.
    #[must_use]
    pub fn health_thresholds(&self) -> HealthThresholds {
        HealthThresholds {
            degraded_after: seconds(self.health_degraded_after),
            unhealthy_after: seconds(self.health_unhealthy_after),
        }
    }

    /// Which heartbeats become events.
    #[must_use]
    pub fn heartbeat_recording(&self) -> HeartbeatRecording {
        match self.heartbeat_record {
            HeartbeatRecord::All => HeartbeatRecording::All,
            HeartbeatRecord::Transitions => HeartbeatRecording::Transitions,
            HeartbeatRecord::Interval(time) => HeartbeatRecording::Interval(seconds(time)),
        }
    }
}

/// Whole seconds, at least one.
fn seconds(time: Duration) -> u32 {
    let whole = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    u32::try_from(whole).unwrap_or(u32::MAX).max(1)
}
