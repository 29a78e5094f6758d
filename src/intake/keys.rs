//! Which key is which agent's: what nats-server's auth callout and the doors ask, and the cutting of
//! connections whose key counts no more.

use std::time::Duration;

use pantheon_events::AgentId;
use pantheon_nats::revoke::Cutter;
use pantheon_nats::{AgentDirectory, Bus, NotNow};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::auth::{Agents, Member};
use crate::pulse::Pulse;

const SWEEP: Duration = Duration::from_secs(2);
/// How long memory may take to reach the log's head before somebody unknown is told to come again.
const PATIENCE: Duration = Duration::from_secs(2);

/// The agents that may speak, by the log alone. Cheap to clone.
#[derive(Clone)]
pub struct Keys {
    app: App,
}

impl Keys {
    /// The keys that this node knows of.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self { app }
    }

    /// The agent with this id, if it has a key.
    ///
    /// # Errors
    /// The log could not be asked, or this node has not read it yet.
    pub async fn member(&self, agent: &AgentId) -> Result<Option<Member>, NotNow> {
        self.find(|agents| agents.by_id(agent)).await
    }

    /// Looks into memory; whoever is not there may have been enrolled a moment ago on another node,
    /// so memory is given the time to reach the log's head first.
    async fn find<T>(&self, look: impl Fn(&Agents) -> Option<T>) -> Result<Option<T>, NotNow> {
        let agents = &self.app.agents;
        if let Some(found) = look(agents) {
            return Ok(Some(found));
        }
        let reached = async {
            let head = self.app.log.database_head().await.map_err(not_now)?;
            self.app.log.wake();
            let mut followed = agents.watch_followed();
            let there = followed.wait_for(|at| at.is_some_and(|at| at >= head));
            there.await.map(drop).map_err(not_now)
        };
        match timeout(PATIENCE, reached).await {
            Ok(reached) => reached?,
            Err(_) => {
                return Err(NotNow(
                    "this node has not read the log's end yet".to_owned(),
                ));
            }
        }
        Ok(look(agents))
    }
}

fn not_now(error: impl std::fmt::Display) -> NotNow {
    NotNow(error.to_string())
}

impl AgentDirectory for Keys {
    async fn agent_by_public_key(&self, key: &str) -> Result<Option<AgentId>, NotNow> {
        let member = self.find(|agents| agents.by_key(key)).await?;
        Ok(member.map(|member| member.id))
    }
}

/// Cuts connections of revoked agents: at once when this node hears of a revocation, and every two
/// seconds all open connections are held against the keys that count.
pub async fn cut_revoked(system: Bus, keys: Keys, pulse: Pulse, stop: CancellationToken) {
    let cutter = Cutter::new(system);
    let mut revocations = keys.app.agents.watch_revocations();
    let mut followed = keys.app.agents.watch_followed();
    tokio::select! {
        () = stop.cancelled() => return,
        // Before that, nobody would be known.
        _ = followed.wait_for(Option::is_some) => {}
    }
    let mut ticks = interval(SWEEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
            _ = revocations.changed() => {}
        }
        match cutter.sweep(&keys).await {
            Ok(count) => {
                pulse.beat();
                if count > 0 {
                    tracing::info!(count, "connections of revoked agents were cut");
                }
            }
            Err(error) => {
                tracing::debug!(%error, "open connections could not be looked through");
                pulse.failed(error.outside_words());
            }
        }
    }
}
