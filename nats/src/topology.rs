//! The one stream of the installation. Who may publish into it is the server's configuration
//! ([`crate::config`]): the relay's user alone.

use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use pantheon_events::Position;

use crate::subject::ALL_EVENTS;

/// The name of the stream.
pub const STREAM: &str = "PANTHEON_EVENTS";

/// The largest message that the server takes (its `max_payload`): an event is at most one command
/// with its envelope, and the largest command (`append_log`, 100 entries of 8 KiB) is under 1 MiB.
pub const MAX_PAYLOAD: usize = 2 * 1024 * 1024;

/// What is configurable about the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topology {
    /// Older messages are dropped; zero keeps them for ever.
    pub max_age: Duration,
    /// The oldest messages are dropped beyond this size in bytes; `None` is unlimited.
    pub max_bytes: Option<i64>,
    /// Copies in a cluster.
    pub replicas: usize,
    /// How long an event id is remembered: a second guard beside the numbering, so it may be short.
    pub dedupe_window: Duration,
}

impl Default for Topology {
    fn default() -> Self {
        Self {
            max_age: Duration::from_secs(7 * 24 * 3600),
            max_bytes: Some(8 * 1024 * 1024 * 1024),
            replicas: 1,
            dedupe_window: Duration::from_secs(30),
        }
    }
}

impl Topology {
    /// The stream's configuration, its first message numbered `first`.
    #[must_use]
    pub fn stream(&self, first: Position) -> Config {
        let fresh = Config {
            name: STREAM.to_owned(),
            subjects: vec![ALL_EVENTS.to_owned()],
            description: Some(
                "Pantheon's log: sequence = position, one CloudEvent each".to_owned(),
            ),
            retention: RetentionPolicy::Limits,
            storage: StorageType::File,
            max_messages: -1,
            max_messages_per_subject: -1,
            max_consumers: -1,
            // Nobody takes single messages out: a hole would look like a lost event. The stream
            // itself can still be deleted, which `bus rebuild` does.
            deny_delete: true,
            deny_purge: true,
            first_sequence: u64::try_from(first.get()).ok().filter(|first| *first > 1),
            ..Config::default()
        };
        self.apply(fresh)
    }

    /// `existing` with the settings that may change while it lives.
    #[must_use]
    pub fn apply(&self, existing: Config) -> Config {
        Config {
            max_age: self.max_age,
            max_bytes: self.max_bytes.unwrap_or(-1),
            num_replicas: self.replicas,
            discard: DiscardPolicy::Old,
            duplicate_window: self.window(),
            max_message_size: i32::try_from(MAX_PAYLOAD).unwrap_or(i32::MAX),
            allow_direct: true,
            ..existing
        }
    }

    fn window(&self) -> Duration {
        // The server wants a window of at least 100 ms, and none longer than the retention.
        let longest = if self.max_age.is_zero() {
            Duration::MAX
        } else {
            self.max_age
        };
        self.dedupe_window
            .max(Duration::from_millis(100))
            .min(longest)
    }
}
