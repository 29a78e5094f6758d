//! What the tests of tasks say again and again.

use pantheon::processes::claim;
use pantheon_events::{Actor, AgentId, CommandContext, CommandId};
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, code, problem};

impl World {
    /// Makes a task and gives its id.
    pub async fn task(&self, body: Value) -> String {
        let (status, task) = self.post("/tasks", body).await;
        // 202 when the read model is late.
        assert!([201, 202].contains(&status.as_u16()), "{status} {task}");
        task["id"].as_str().expect("an id").to_owned()
    }

    /// Makes a task of this name and gives its id.
    pub async fn named(&self, name: &str) -> String {
        self.task(json!({ "name": name })).await
    }

    /// Sends a command to a task and expects it to be accepted.
    pub async fn done(&self, task: &str, verb: &str, body: Value) -> Value {
        let (status, task) = self.post(&format!("/tasks/{task}/{verb}"), body).await;
        assert_eq!(status, 200, "{verb}: {task}");
        task
    }

    /// Sends a command to a task and expects a refusal; gives its code.
    pub async fn refused(&self, task: &str, verb: &str, body: Value) -> String {
        let request = self.request(Method::POST, &format!("/tasks/{task}/{verb}"));
        let (status, problem) = problem(request.json(&body)).await;
        assert_eq!(status, 422, "{verb}: {problem}");
        code(&problem)
    }

    /// Claims as an agent, the next task unless one is named.
    pub async fn claim(&self, agent: &AgentId, task: Option<&str>) -> Result<Value, String> {
        self.claim_again(agent, task, CommandId::generate()).await
    }

    /// Claims under a given command id; a refusal gives its code.
    pub async fn claim_again(
        &self,
        agent: &AgentId,
        task: Option<&str>,
        id: CommandId,
    ) -> Result<Value, String> {
        let by = CommandContext::new(self.tenant, Actor::agent(agent.as_str()), Some(id));
        let body = match task {
            Some(task) => json!({ "task_id": task }),
            None => json!({}),
        };
        claim::answer(self.node.app(), agent, by, body.to_string().as_bytes())
            .await
            .map_err(|problem| problem.code.into_owned())
    }

    /// The task as the read model has it after everything committed so far.
    pub async fn now(&self, task: &str) -> Value {
        self.current(&format!("/tasks/{task}")).await["task"].clone()
    }
}
