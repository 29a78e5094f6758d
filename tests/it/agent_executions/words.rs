//! Short words for executions.

use std::time::Duration;

use pantheon_harness::eventually;
use serde_json::{Value, json};

use crate::world::World;

pub const PATIENCE: Duration = Duration::from_secs(30);

impl World {
    /// Sets an agent to work on an issue and gives the execution's id.
    pub async fn execute(&self, repository: &str, agent_type: &str, issue: i64) -> String {
        let body = json!({ "repository_id": repository, "issue_number": issue,
            "agent_type": agent_type });
        let (status, made) = self.post("/agents/execute", body).await;
        assert_eq!(status, 201, "{made}");
        made["id"].as_str().expect("an id").to_owned()
    }

    /// An execution as everything committed so far has it.
    pub async fn execution(&self, id: &str) -> Value {
        self.current(&format!("/agents/executions/{id}")).await
    }

    /// The execution once it is in this status.
    pub async fn execution_until(&self, id: &str, status: &str) -> Value {
        eventually(PATIENCE, async || {
            let execution = self.execution(id).await;
            match execution["status"] == status {
                true => Ok(execution),
                false => Err(execution.to_string()),
            }
        })
        .await
    }

    /// The task that carries an execution, once it is there.
    pub async fn task_of(&self, execution: &str) -> String {
        let execution = self.execution(execution).await;
        let task = execution["task_id"].as_str().expect("an id").to_owned();
        eventually(PATIENCE, async || {
            let found = self.events("task", &task).await;
            (!found.is_empty()).then_some(())
        })
        .await;
        task
    }

    /// The types of an execution's events.
    pub async fn happened_to(&self, execution: &str) -> Vec<String> {
        let events = self.events("agent_execution", execution).await;
        events.into_iter().map(|(kind, _)| kind).collect()
    }
}
