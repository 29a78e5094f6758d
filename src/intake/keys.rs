//! Which key is which agent's: what nats-server's auth callout asks, and the cutting of
//! connections whose key counts no more.

use std::sync::Arc;
use std::time::Duration;

use pantheon_events::AgentId;
use pantheon_nats::revoke::Cutter;
use pantheon_nats::{AgentDirectory, Bus};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::app::App;

const SWEEP: Duration = Duration::from_secs(2);

/// The agents' keys: in memory, else by the read model of agents.
pub struct Keys {
    app: App,
}

impl Keys {
    /// The keys that this node knows of.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self { app }
    }
}

impl AgentDirectory for Keys {
    async fn agent_by_public_key(&self, key: &str) -> Option<AgentId> {
        if let Some(member) = self.app.agents.by_key(key) {
            return Some(member.id);
        }
        // A key that was enrolled a moment ago on another node.
        match pantheon_projections::agents::by_public_key(&self.app.reads, key).await {
            Ok(agent) => agent,
            Err(error) => {
                tracing::warn!(%error, "an agent's key could not be looked up; it is refused");
                None
            }
        }
    }
}

/// Cuts connections of revoked agents: every two seconds all open connections are held against
/// the keys that count.
pub async fn cut_revoked(system: Bus, keys: Arc<Keys>, stop: CancellationToken) {
    let cutter = Cutter::new(system);
    let mut ticks = interval(SWEEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        match cutter.sweep(&*keys).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "connections of revoked agents were cut"),
            Err(error) => tracing::debug!(%error, "open connections could not be looked through"),
        }
    }
}
