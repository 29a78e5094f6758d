//! What the tests of plans say again and again.

use serde_json::{Value, json};

use crate::world::World;

/// A task of a plan.
pub fn step(id: &str, depends_on: &[&str]) -> Value {
    json!({ "id": id, "name": format!("do {id}"), "depends_on": depends_on })
}

impl World {
    /// Makes a plan and gives its id.
    pub async fn plan(&self, tasks: Value) -> String {
        let (status, plan) = self
            .post("/plans", json!({ "name": "release", "tasks": tasks }))
            .await;
        assert!([201, 202].contains(&status.as_u16()), "{status} {plan}");
        plan["id"].as_str().expect("an id").to_owned()
    }

    /// The plan as it is after everything committed so far.
    pub async fn dag(&self, plan: &str) -> Value {
        self.current(&format!("/dags/{plan}")).await
    }

    /// A plan's events.
    pub async fn plan_events(&self, plan: &str) -> Vec<String> {
        let events = self.events("plan", plan).await;
        events.into_iter().map(|(kind, _)| kind).collect()
    }
}

/// A node of a graph by its id.
pub fn node<'v>(dag: &'v Value, id: &str) -> &'v Value {
    let nodes = dag["nodes"].as_array().expect("nodes");
    let found = nodes.iter().find(|node| node["id"] == id);
    found.unwrap_or_else(|| panic!("{id} is not among {dag}"))
}

/// The id of the task behind a node.
pub fn task_of(dag: &Value, id: &str) -> String {
    node(dag, id)["task_id"].as_str().expect("an id").to_owned()
}
