//! Values that have the right type, and that no server can run with.

use std::time::Duration;

use super::{Config, ConfigError};

impl Config {
    /// The settings, if a server can run with them.
    pub(super) fn bounded(self) -> Result<Self, ConfigError> {
        let second = Duration::from_secs(1);
        let (degraded, unhealthy) = (self.health_degraded_after, self.health_unhealthy_after);
        let bounds = [
            // Some callers hold one and need another.
            (
                "database_connections",
                self.database_connections >= 4,
                "at least 4",
            ),
            (
                "bus.replicas",
                (1..=5).contains(&self.bus_replicas),
                "1 to 5",
            ),
            ("health_degraded_after", degraded >= second, "at least 1 s"),
            (
                "health_unhealthy_after",
                unhealthy > degraded,
                "more than health_degraded_after",
            ),
            (
                "system_sample",
                self.system_sample >= second,
                "at least 1 s",
            ),
            (
                "environments",
                !self.environments.is_empty(),
                "at least one name",
            ),
            (
                "limits.connections",
                self.limit_connections > 0,
                "at least 1",
            ),
            ("limits.queue", self.limit_queue > 0, "at least 1"),
        ];
        match bounds.into_iter().find(|(_, holds, _)| !holds) {
            None => Ok(self),
            Some((key, _, expected)) => {
                let shown = self.shown.iter().find(|shown| shown.key == key);
                let origin = shown.map(|shown| shown.origin.clone());
                Err(ConfigError::OutOfBounds {
                    key,
                    expected,
                    origin: origin.unwrap_or_default(),
                })
            }
        }
    }
}
