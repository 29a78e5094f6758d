//! One run of one node.

use pantheon_events::nodes::{
    NodeCommand, NodeEvent, NodeStarted, NodeStopped, SystemMetricsSampled,
};
use serde::{Deserialize, Serialize};

use super::NodeError;
use crate::aggregate;
use crate::domain::Asked;

/// A node's state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Whether it has started.
    pub started: bool,
    /// Whether it has stopped.
    pub stopped: bool,
}

impl Node {
    fn decide(&self, asked: &Asked<NodeCommand>) -> Result<Vec<NodeEvent>, NodeError> {
        let event = match &asked.command {
            NodeCommand::StartNode(_) if self.started => return Err(NodeError::StartedBefore),
            NodeCommand::StartNode(start) => NodeStarted {
                version: start.version.clone(),
                parts: start.parts.clone(),
            }
            .into(),
            NodeCommand::StopNode(_) if self.stopped => return Ok(Vec::new()),
            NodeCommand::StopNode(_) => NodeStopped {}.into(),
            NodeCommand::SampleSystemMetrics(_) if self.stopped => return Err(NodeError::Stopped),
            NodeCommand::SampleSystemMetrics(sample) => SystemMetricsSampled {
                cpu_usage: sample.cpu_usage,
                memory_usage: sample.memory_usage,
                disk_usage: sample.disk_usage,
                uptime_seconds: sample.uptime_seconds,
            }
            .into(),
        };
        Ok(vec![event])
    }

    fn evolve(&mut self, event: NodeEvent) {
        match event {
            NodeEvent::NodeStarted(_) => self.started = true,
            NodeEvent::NodeStopped(_) => self.stopped = true,
            NodeEvent::SystemMetricsSampled(_) => {}
        }
    }

    fn valid_id(id: &str) -> bool {
        (1..=100).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    }
}

aggregate!(Node: NodeCommand => NodeEvent, NodeError);

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cqrs_es::test::TestFramework;
    use pantheon_events::nodes::{SampleSystemMetrics, StartNode, StopNode};
    use pantheon_events::{Actor, CommandContext, TenantId};

    use super::*;

    fn asked(command: impl Into<NodeCommand>) -> Asked<NodeCommand> {
        let tenant = TenantId::default_organization();
        Asked {
            command: command.into(),
            id: Arc::from("node-1"),
            by: Arc::new(CommandContext::new(tenant, Actor::system("host"), None)),
            at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    fn started() -> NodeEvent {
        NodeStarted {
            version: "1".to_owned(),
            parts: Vec::new(),
        }
        .into()
    }

    fn sample() -> SampleSystemMetrics {
        SampleSystemMetrics {
            cpu_usage: 1.0,
            memory_usage: 2.0,
            disk_usage: 3.0,
            uptime_seconds: 4,
        }
    }

    #[tokio::test]
    async fn a_run_starts_once() {
        TestFramework::<Node>::with(())
            .given(vec![started()])
            .when_async(asked(StartNode {
                version: "1".to_owned(),
                parts: Vec::new(),
            }))
            .await
            .then_expect_error(NodeError::StartedBefore);
    }

    #[tokio::test]
    async fn a_stopped_node_samples_nothing() {
        TestFramework::<Node>::with(())
            .given(vec![started(), NodeStopped {}.into()])
            .when_async(asked(sample()))
            .await
            .then_expect_error(NodeError::Stopped);
    }

    #[tokio::test]
    async fn stopping_twice_changes_nothing() {
        TestFramework::<Node>::with(())
            .given(vec![started(), NodeStopped {}.into()])
            .when_async(asked(StopNode {}))
            .await
            .then_expect_events(vec![]);
    }
}
