//! What these tests say again and again.

use pantheon_events::agents::{RecordHeartbeat, ReportError};
use pantheon_events::{Actor, AgentId, CommandContext};
use serde_json::{Value, json};
use uuid::Uuid;

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

    /// A task that carries an execution; both ids.
    pub async fn execution(&self, name: &str, more: Value) -> (String, String) {
        let execution = Uuid::now_v7().to_string();
        let mut task = json!({ "name": name, "execution_id": execution });
        for (field, value) in more.as_object().into_iter().flatten() {
            task[field] = value.clone();
        }
        let id = Uuid::now_v7().to_string();
        let commands = &self.node.app().commands;
        let data = task.to_string();
        let made = commands.execute("task", "create_task", &id, data.as_bytes(), self.itself());
        made.await.expect("the task is made");
        (id, execution)
    }
}

/// The names of an object's fields, in their order.
pub fn fields(value: &Value) -> Vec<&str> {
    let fields = value.as_object().expect("an object");
    fields.keys().map(String::as_str).collect()
}
