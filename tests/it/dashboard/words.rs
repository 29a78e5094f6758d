//! What these tests say again and again.

use pantheon_events::agents::{RecordHeartbeat, ReportError};
use pantheon_events::{Actor, AgentId, CommandContext};
use serde_json::{Value, json};

use crate::world::World;

impl World {
    /// An agent gives a sign of life.
    pub async fn beat(&self, agent: &AgentId, beat: Value) {
        let beat: RecordHeartbeat = serde_json::from_value(beat).expect("a heartbeat");
        let by = self.of_agent(agent);
        let heard = self.node.app().heartbeats.record(agent.as_str(), beat, by);
        heard.await.expect("the heartbeat is taken");
    }

    /// An agent says that something went wrong.
    pub async fn complain(&self, agent: &AgentId, error: &str) {
        let report: ReportError =
            serde_json::from_value(json!({ "error": error })).expect("a report");
        let agents = &self.node.app().commands.agents;
        let told = agents.dispatch(agent.as_str(), report, self.of_agent(agent));
        told.await.expect("the error is taken");
    }

    fn of_agent(&self, agent: &AgentId) -> CommandContext {
        CommandContext::new(self.tenant, Actor::agent(agent.as_str()), None)
    }
}

/// The names of an object's fields, in their order.
pub fn fields(value: &Value) -> Vec<&str> {
    let fields = value.as_object().expect("an object");
    fields.keys().map(String::as_str).collect()
}
