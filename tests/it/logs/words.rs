//! Words for writing logs.

use pantheon_events::{Actor, CommandContext};
use serde_json::{Value, json};

use crate::world::World;

impl World {
    /// Lines of an enrolled agent's log, in one event.
    pub async fn writes(&self, agent: &str, entries: Value) {
        let by = CommandContext::new(self.tenant, Actor::agent(agent), None);
        let data = json!({ "entries": entries }).to_string();
        let commands = &self.node.app().commands;
        let written = commands.execute("agent", "append_log", agent, data.as_bytes(), by);
        written.await.expect("it is written");
    }

    /// The messages that a query of `/logs` finds, in its order.
    pub async fn messages(&self, query: &str) -> Vec<String> {
        let found = self.current(&format!("/logs{query}")).await;
        let logs = found["logs"].as_array().expect("a list").iter();
        let messages = logs.map(|log| log["message"].as_str().expect("text").to_owned());
        messages.collect()
    }
}
