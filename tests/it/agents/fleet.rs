//! A node with an operator and agents of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use pantheon::auth::Role;
use pantheon::config::{Config, Mode, Sources};
use pantheon::node::{BusSettings, Node};
use pantheon_events::TenantId;
use pantheon_harness::{Database, Nats, Postgres};
use pantheon_nats::{BusKeys, ServerConfig};
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const DAY: Duration = Duration::from_secs(86_400);

/// A node, who operates it, and the servers it stands on.
pub struct Fleet {
    pub node: Node,
    pub database: Database,
    pub nats: Option<Nats>,
    pub admin: String,
    settings: Vec<(&'static str, &'static str)>,
    client: reqwest::Client,
    dir: tempfile::TempDir,
}

/// An answer, read whole.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Fleet {
    pub async fn start(settings: &[(&'static str, &'static str)]) -> Result<Self> {
        Self::on(Postgres::shared().await?, None, settings).await
    }

    /// With a nats-server that only lets enrolled agents in.
    pub async fn with_bus() -> Result<Self> {
        let keys = BusKeys::generate()?;
        let inside = keys.clone();
        let nats = Nats::own_with(|options| {
            options.config(move |places| {
                let listen = ([127, 0, 0, 1], places.port).into();
                let config = ServerConfig::new(listen, &places.store_dir, &inside);
                let mut config = config.expect("a configuration");
                config.monitor_port = Some(places.http_port);
                config.to_string()
            })
        })
        .await?;
        let url = nats.url();
        let bus = Some((nats, BusSettings { url, keys }));
        Self::on(Postgres::shared().await?, bus, &[]).await
    }

    async fn on(
        database: Database,
        bus: Option<(Nats, BusSettings)>,
        settings: &[(&'static str, &'static str)],
    ) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let (nats, bus) = bus.unzip();
        let node = node(&dir, &database, bus, settings).await?;
        let admin = token(&node, TenantId::default_organization(), Role::Admin);
        Ok(Self {
            node,
            database,
            nats,
            admin,
            settings: settings.to_vec(),
            client: reqwest::Client::new(),
            dir,
        })
    }

    /// Stops the node and starts another one on the same data.
    pub async fn restarted(self) -> Result<Self> {
        self.node.stop().await;
        let node = node(&self.dir, &self.database, None, &self.settings).await?;
        Ok(Self { node, ..self })
    }

    /// An operator's token.
    pub fn operator(&self, tenant: TenantId, role: Role) -> String {
        token(&self.node, tenant, role)
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        token: &str,
        headers: &[(&'static str, String)],
        body: Option<Value>,
    ) -> Result<Reply> {
        let url = format!("http://{}/api/v1{path}", self.node.address());
        let mut request = self.client.request(method, url).bearer_auth(token);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Reply {
            status,
            headers,
            body,
        })
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
        let log = &self.node.app().log;
        let events = log
            .stream("agent", id, pantheon_events::Sequence::ZERO, 1000)
            .await?;
        let read = events.iter().map(|event| {
            Ok((
                event.event_type.clone(),
                serde_json::from_str(event.payload.get())?,
            ))
        });
        read.collect()
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

fn token(node: &Node, tenant: TenantId, role: Role) -> String {
    node.app()
        .auth
        .issue_operator("op", tenant, role, DAY)
        .token
}

async fn node(
    dir: &tempfile::TempDir,
    database: &Database,
    bus: Option<BusSettings>,
    settings: &[(&str, &str)],
) -> Result<Node> {
    let own = [
        ("PANTHEON_LISTEN", "127.0.0.1:0".to_owned()),
        ("PANTHEON_DATA_DIR", dir.path().display().to_string()),
        ("PANTHEON_LIMITS_REQUESTS_PER_MINUTE", "0".to_owned()),
    ];
    let given = settings
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    let env: BTreeMap<String, String> = own
        .into_iter()
        .chain(given)
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let file = None;
    let flags = BTreeMap::new();
    let config = Config::load(&Sources {
        mode: Mode::Serve,
        file,
        env,
        flags,
    })?;
    Node::start(config, database.url(), bus).await
}
