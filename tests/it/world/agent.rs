//! An agent on the bus.

use std::time::Duration;

use async_nats::{Client, Subscriber};
use futures_util::StreamExt;
use pantheon_events::agents::{EnrollAgent, MemberKind};
use pantheon_events::{Actor, CommandContext};
use pantheon_harness::soon;
use pantheon_nats::AgentCredentials;
use serde_json::{Value, json};

use super::{ADMIN, World};

const PATIENCE: Duration = Duration::from_secs(10);

/// An agent on the bus, listening to what it is told.
pub struct OnBus {
    pub client: Client,
    id: String,
    told: Subscriber,
}

impl OnBus {
    /// Sends a command of this agent and gives the answer.
    pub async fn ask(&self, command: &str, data: Value) -> Value {
        let subject = format!("pantheon.agent.{}.cmd.{command}", self.id);
        self.request(subject, json!({ "data": data })).await
    }

    /// The same, and it has to be accepted.
    pub async fn done(&self, command: &str, data: Value) -> Value {
        let answer = self.ask(command, data).await;
        assert_eq!(answer["status"], 200, "{command}: {answer}");
        answer
    }

    /// A sign of life of one run of the agent.
    pub async fn beat(&self, session: &str) -> Value {
        let subject = format!("pantheon.agent.{}.heartbeat", self.id);
        let body = json!({ "data": { "session_id": session } });
        let answer = self.request(subject, body).await;
        assert_eq!(answer["status"], 200, "{answer}");
        answer
    }

    /// What it is told next.
    pub async fn told(&mut self) -> Value {
        let message = tokio::time::timeout(PATIENCE, self.told.next()).await;
        let message = message.expect("told in time").expect("a subscription");
        serde_json::from_slice(&message.payload).expect("JSON")
    }

    /// The next message of this kind; others are passed over.
    pub async fn told_of(&mut self, what: &str) -> Value {
        loop {
            let message = self.told().await;
            if message["tell"] == what {
                return message;
            }
        }
    }

    async fn request(&self, subject: String, body: Value) -> Value {
        let body = body.to_string();
        let asked = soon(async || {
            let (subject, body) = (subject.clone(), body.clone());
            self.client.request(subject, body.into()).await
        });
        serde_json::from_slice(&asked.await.payload).expect("JSON")
    }
}

impl World {
    /// Enrols an agent of a type; its keys.
    pub async fn enrol(&self, id: &str, agent_type: &str) -> AgentCredentials {
        let keys = AgentCredentials::generate(id.parse().expect("an id")).expect("keys");
        let enroll = EnrollAgent {
            public_key: keys.public_key.clone(),
            agent_type: agent_type.to_owned(),
            kind: MemberKind::Agent,
            name: None,
            layer: None,
            capabilities: vec!["fix.apply".to_owned()],
        };
        let by = CommandContext::new(self.tenant, Actor::human(ADMIN), None);
        let agents = &self.node.app().commands.agents;
        let enrolled = agents.dispatch(id, enroll, by).await;
        enrolled.expect("the agent is enrolled");
        keys
    }

    /// An agent's connection; tries until it is let in.
    pub async fn join(&self, keys: &AgentCredentials) -> OnBus {
        let url = self.nats.as_ref().expect("a bus").url();
        let client = soon(async || keys.connect(&url).await).await;
        let id = keys.agent.to_string();
        let subject = format!("pantheon.agent.{id}.tell");
        let told = client.subscribe(subject).await.expect("subscribed");
        client.flush().await.expect("the server has it");
        OnBus { client, id, told }
    }
}
