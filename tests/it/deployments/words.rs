//! Short words for deployments.

use std::time::Duration;

use pantheon::domain::deployments::environment_id;
use pantheon::store::DispatchError;
use pantheon_events::{Actor, CommandContext};
use pantheon_harness::eventually;
use serde_json::{Value, json};

use crate::world::{OnBus, World};

pub const PATIENCE: Duration = Duration::from_secs(20);
pub const STAGES: [&str; 4] = ["build", "test", "deploy", "verify"];

impl World {
    /// Asks for a version and gives the deployment's id.
    pub async fn deploy(&self, environment: &str, version: &str) -> String {
        let body = json!({ "environment": environment, "version": version });
        let (status, made) = self.post("/deployments", body).await;
        assert_eq!(status, 201, "{made}");
        made["id"].as_str().expect("an id").to_owned()
    }

    /// The deployment as everything committed so far has it.
    pub async fn deployment(&self, id: &str) -> Value {
        self.current(&format!("/deployments/{id}")).await
    }

    /// The deployment once it is as wanted.
    pub async fn until(&self, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        eventually(PATIENCE, async || {
            let deployment = self.deployment(id).await;
            match wanted(&deployment) {
                true => Ok(deployment),
                false => Err(deployment.to_string()),
            }
        })
        .await
    }

    /// The approval that the deployment waits for.
    pub async fn approval_of(&self, deployment: &str) -> String {
        let waiting = self.until(deployment, |one| one["approval_id"].is_string());
        let waiting = waiting.await;
        assert_eq!(waiting["status"], "pending");
        waiting["approval_id"].as_str().expect("an id").to_owned()
    }

    /// The stream of an environment.
    pub fn environment(&self, name: &str) -> String {
        environment_id(self.tenant, name).to_string()
    }

    /// The types of an environment's events.
    pub async fn happened(&self, environment: &str) -> Vec<String> {
        self.event_types("environment", &self.environment(environment))
            .await
    }

    /// Waits until this happened in an environment.
    pub async fn happens(&self, environment: &str, what: &str) {
        eventually(PATIENCE, async || {
            let events = self.happened(environment).await;
            match events.iter().any(|kind| kind == what) {
                true => Ok(()),
                false => Err(format!("{events:?}")),
            }
        })
        .await;
    }

    /// Sends a command of an agent to an environment; a refusal gives its code.
    pub async fn says(
        &self,
        agent: &str,
        environment: &str,
        command: &str,
        data: Value,
    ) -> Result<(), String> {
        let by = CommandContext::new(self.tenant, Actor::agent(agent), None);
        let (stream, data) = (self.environment(environment), data.to_string());
        let commands = &self.node.app().commands;
        let done = commands.execute("environment", command, &stream, data.as_bytes(), by);
        match done.await {
            Ok(_) => Ok(()),
            Err(DispatchError::Refused { refusal, .. }) => Err(refusal.code),
            Err(error) => panic!("{command}: {error}"),
        }
    }

    /// The deployment agent carries a released deployment out.
    pub async fn carry_out(&self, environment: &str, id: &str) {
        self.happens(environment, "deployment_released").await;
        self.until(id, |one| one["status"] == "pending").await;
        for (command, data) in way(id, &[]) {
            let done = eventually(PATIENCE, async || {
                // Released a moment ago, perhaps not this one yet.
                let said = self.says("deployment", environment, command, data.clone());
                said.await
            });
            done.await;
        }
    }

    /// A version that is rolled out; its deployment.
    pub async fn rolled_out(&self, environment: &str, version: &str) -> String {
        let id = self.deploy(environment, version).await;
        self.carry_out(environment, &id).await;
        assert_eq!(self.deployment(&id).await["status"], "success");
        id
    }
}

/// The commands of a whole deployment, without the stages that are done.
pub fn way(id: &str, done: &[&str]) -> Vec<(&'static str, Value)> {
    let mut way = vec![("start_deployment", json!({ "deployment_id": id }))];
    for stage in STAGES.iter().filter(|stage| !done.contains(stage)) {
        let at = json!({ "deployment_id": id, "stage": stage });
        let half = json!({ "deployment_id": id, "stage": stage, "progress": 50 });
        way.extend([
            ("start_stage", at.clone()),
            ("report_stage", half),
            ("complete_stage", at),
        ]);
    }
    let end = json!({ "deployment_id": id, "health_check_status": "healthy" });
    way.push(("complete_deployment", end));
    way
}

/// Does on the bus what the agent was told.
pub async fn obey(agent: &OnBus, told: &Value) {
    let order = &told["data"];
    let id = order["deployment_id"].as_str().expect("an id");
    let done = order["completed_stages"].as_array().expect("stages");
    let done: Vec<_> = done.iter().filter_map(Value::as_str).collect();
    for (command, mut data) in way(id, &done) {
        data["environment_id"] = order["environment_id"].clone();
        agent.done(command, data).await;
    }
}
