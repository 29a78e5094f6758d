//! Noticing silence.
//!
//! Shape: once a second, members that have been silent for one of the two thresholds are looked up
//! and marked. Ordering: none needed; the rule looks at the stream's own last heartbeat as well.
//! Delivery: the command's id is derived from the last heartbeat, so a repeat changes nothing and a
//! heartbeat in between makes a new silence. On failure: looked up again a second later.

use async_trait::async_trait;
use chrono::{SecondsFormat, TimeDelta};
use pantheon_events::agents::{AgentCommand, HealthThresholds, MarkDegraded, MarkUnresponsive};
use pantheon_events::{Actor, CommandContext, CommandId, TenantId};
use pantheon_projections::agents::{SilentAgent, silent};

use super::{Process, ProcessError, Round, settle};
use crate::app::App;

const NAME: &str = "agent_health";
const AT_ONCE: i64 = 500;

/// Marks members that were not heard of for too long.
pub struct AgentHealth {
    /// The node's parts.
    pub app: App,
}

#[async_trait]
impl Process for AgentHealth {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn tick(&self) -> Result<(), ProcessError> {
        let HealthThresholds {
            degraded_after,
            unhealthy_after,
        } = self.app.config.health_thresholds();
        let mut round = Round::default();
        for agent in self.silent_for(unhealthy_after, true).await? {
            let command = MarkUnresponsive {
                last_heard: agent.last_heard,
                silent_seconds: unhealthy_after,
            };
            let marked = self.mark(&agent, "unresponsive", unhealthy_after, command);
            round.note(marked.await);
        }
        for agent in self.silent_for(degraded_after, false).await? {
            let command = MarkDegraded {
                last_heard: agent.last_heard,
                silent_seconds: degraded_after,
            };
            let marked = self.mark(&agent, "degraded", degraded_after, command);
            round.note(marked.await);
        }
        round.end()
    }
}

impl AgentHealth {
    async fn silent_for(&self, seconds: u32, lost: bool) -> Result<Vec<SilentAgent>, ProcessError> {
        let before = self.app.clock.now() - TimeDelta::seconds(i64::from(seconds));
        silent(&self.app.reads, before, lost, AT_ONCE)
            .await
            .map_err(|error| ProcessError::Retry(error.to_string()))
    }

    async fn mark(
        &self,
        agent: &SilentAgent,
        what: &str,
        seconds: u32,
        command: impl Into<AgentCommand>,
    ) -> Result<(), ProcessError> {
        let heard = agent
            .last_heard
            .to_rfc3339_opts(SecondsFormat::Micros, true);
        let key = [NAME, what, &agent.id, &heard, &seconds.to_string()];
        let by = CommandContext::new(
            TenantId::new(agent.tenant),
            Actor::policy(NAME),
            Some(CommandId::of_key(&key)),
        );
        settle(
            self.app
                .commands
                .agents
                .dispatch(&agent.id, command, by)
                .await,
        )
    }
}
