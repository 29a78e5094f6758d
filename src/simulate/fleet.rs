//! Many simulated agents at once.

use std::time::Duration;

use pantheon_nats::AgentCredentials;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Tally, agent};

/// How simulated agents behave.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// Time between two heartbeats.
    pub heartbeat: Duration,
    /// Time between two looks for work, while idle.
    pub look: Duration,
    /// How long one step of a task takes, at most.
    pub step: Duration,
    /// How many of a hundred attempts fail.
    pub failures: u32,
    /// Whether they claim tasks at all.
    pub works: bool,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(5),
            look: Duration::from_millis(700),
            step: Duration::from_millis(600),
            failures: 8,
            works: true,
        }
    }
}

/// Running simulated agents.
pub struct Fleet {
    tracker: TaskTracker,
    stop: CancellationToken,
    tally: Tally,
}

impl Fleet {
    /// Starts an agent for each of the credentials; they connect by themselves and go on until
    /// the fleet is stopped. Each starts with its own part of `seed`.
    #[must_use]
    pub fn start(
        url: &str,
        credentials: Vec<AgentCredentials>,
        profile: Profile,
        seed: u64,
        stop: CancellationToken,
    ) -> Self {
        let tracker = TaskTracker::new();
        let tally = Tally::default();
        for (n, credentials) in (0_u64..).zip(credentials) {
            let seed = seed.wrapping_add(n);
            let run = agent::run(url.to_owned(), credentials, profile, seed, tally.clone());
            let stop = stop.clone();
            tracker.spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = run => {}
                }
            });
        }
        tracker.close();
        Self {
            tracker,
            stop,
            tally,
        }
    }

    /// The counts so far.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Stops all agents and waits for them.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tracker.wait().await;
    }
}
