//! A world with agents of its own; what does not come is an error of the test.

use std::ops::Deref;

use anyhow::{Context, Result};
use pantheon::auth::Role;
use pantheon_events::TenantId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{Reply, World, reply};

pub struct Fleet(World);

impl Deref for Fleet {
    type Target = World;

    fn deref(&self) -> &World {
        &self.0
    }
}

impl Fleet {
    pub async fn start(settings: &[(&'static str, &'static str)]) -> Result<Self> {
        Ok(Self(World::with(settings).await))
    }

    /// With a nats-server that only lets enrolled agents in.
    pub async fn with_bus() -> Result<Self> {
        Ok(Self(World::with_bus(&[]).await))
    }

    /// Stops the node and starts another one on the same data.
    pub async fn restarted(self) -> Result<Self> {
        Ok(Self(self.0.restarted().await))
    }

    /// An operator's token.
    pub fn operator(&self, tenant: TenantId, role: Role) -> String {
        self.token(tenant, role)
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        token: &str,
        headers: &[(&'static str, String)],
        body: Option<Value>,
    ) -> Result<Reply> {
        let mut request = self.request_as(token, method, path);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        Ok(reply(request).await)
    }

    /// What the operator reads.
    pub async fn get(&self, path: &str) -> Result<Value> {
        let reply = self.send(Method::GET, path, &self.admin, &[], None).await?;
        anyhow::ensure!(
            reply.status.is_success(),
            "{path}: {} {}",
            reply.status,
            reply.body
        );
        Ok(reply.body)
    }

    /// What the operator sends.
    pub async fn post(&self, path: &str, body: Value) -> Result<Reply> {
        self.send(Method::POST, path, &self.admin, &[], Some(body))
            .await
    }

    /// Enrols an agent; its answer.
    pub async fn enrol(&self, id: &str, kind: &str) -> Result<Value> {
        let reply = self
            .post("/agents", json!({ "id": id, "type": kind }))
            .await?;
        anyhow::ensure!(
            reply.status == StatusCode::CREATED,
            "{} {}",
            reply.status,
            reply.body
        );
        Ok(reply.body)
    }

    /// Enrols an agent; its token for HTTP.
    pub async fn agent(&self, id: &str) -> Result<String> {
        let enrolled = self.enrol(id, "codegen").await?;
        Ok(text(&enrolled["credentials"]["token"])?.to_owned())
    }

    /// A heartbeat of an agent.
    pub async fn beat(&self, id: &str, token: &str, beat: Value) -> Result<Reply> {
        let path = format!("/agents/{id}/heartbeat");
        self.send(Method::POST, &path, token, &[], Some(beat)).await
    }

    /// The events of an agent: type and payload.
    pub async fn events(&self, id: &str) -> Result<Vec<(String, Value)>> {
        Ok(self.0.events("agent", id).await)
    }

    /// The types of an agent's events.
    pub async fn event_types(&self, id: &str) -> Result<Vec<String>> {
        let events = self.events(id).await?;
        Ok(events.into_iter().map(|(kind, _)| kind).collect())
    }
}

pub fn text(value: &Value) -> Result<&str> {
    value
        .as_str()
        .with_context(|| format!("{value} is no text"))
}
