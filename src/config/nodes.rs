//! The settings of nodes, as their context wants them.

use std::time::Duration;

use pantheon_projections::logs::Keep;

use super::Config;

/// A node that was not sampled for so many sampling intervals is not counted.
const MISSED: u32 = 3;

impl Config {
    /// How long a node counts after it was sampled.
    #[must_use]
    pub fn node_counts_for(&self) -> Duration {
        self.system_sample * MISSED
    }

    /// How much of the logs is listed.
    #[must_use]
    pub fn logs(&self) -> Keep {
        Keep {
            time: self.logs_keep,
            ..Keep::default()
        }
    }
}
