//! What the settings say about the stream on JetStream.

use pantheon_nats::Topology;

use super::Config;

impl Config {
    /// The stream as this installation wants it.
    #[must_use]
    pub fn topology(&self) -> Topology {
        Topology {
            max_age: self.bus_max_age,
            max_bytes: i64::try_from(self.bus_max_bytes.bytes())
                .ok()
                .filter(|bytes| *bytes > 0),
            replicas: self.bus_replicas.max(1) as usize,
            ..Topology::default()
        }
    }
}
