//! A private nats-server with the configuration that Pantheon writes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pantheon_embedded::{Nats, NatsOptions};
use pantheon_events::{
    Actor, AgentId, CommandId, Epoch, EventId, Metadata, Position, RecordedEvent, Sequence,
    TenantId,
};
use pantheon_nats::{
    AgentCredentials, AgentDirectory, Bus, BusKeys, BusOptions, CalloutOptions, Credentials,
    NotNow, ServerConfig, config::ServiceUser, serve_callout,
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub const PATIENCE: Duration = Duration::from_secs(20);

/// A server, its keys, and the agents that its callout lets in.
pub struct Server {
    pub keys: BusKeys,
    pub nats: Nats,
    pub directory: Arc<Directory>,
    stop: CancellationToken,
    _dir: TempDir,
}

impl Server {
    pub async fn start() -> Self {
        Self::with_services(Vec::new()).await
    }

    pub async fn with_services(services: Vec<ServiceUser>) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let keys = BusKeys::generate().expect("keys");
        let config_keys = keys.clone();
        let options = NatsOptions::new(dir.path()).config(move |places| {
            let listen = ([127, 0, 0, 1], places.port).into();
            let config = ServerConfig::new(listen, &places.store_dir, &config_keys);
            let mut config = config.expect("a configuration");
            config.monitor_port = Some(places.http_port);
            config.services.clone_from(&services);
            config.to_string()
        });
        let nats = Nats::start(options)
            .await
            .expect("nats-server 2.14 or newer");
        Self {
            keys,
            nats,
            directory: Arc::default(),
            stop: CancellationToken::new(),
            _dir: dir,
        }
    }

    /// Killed, its files deleted, started again.
    pub async fn wiped(&mut self) {
        self.nats.kill9().await;
        self.nats.wipe_store().expect("wiped");
        self.nats.restart().await.expect("back");
    }

    pub async fn bus(&self, name: &str) -> Bus {
        self.connect(name, self.keys.server_credentials()).await
    }

    pub async fn system(&self) -> Bus {
        self.connect("system", self.keys.system_credentials()).await
    }

    pub async fn connect(&self, name: &str, credentials: Credentials) -> Bus {
        let mut options = BusOptions::new(self.nats.url(), credentials, name);
        options.request_timeout = Duration::from_secs(2);
        let bus = Bus::start(options).await.expect("settings that work");
        let ready = bus.ready(PATIENCE).await;
        ready.unwrap_or_else(|error| {
            let log = std::fs::read_to_string(self.nats.log()).unwrap_or_default();
            panic!("{error}\n{log}")
        });
        bus
    }

    /// Answers the auth callout until the server is dropped.
    pub async fn let_agents_in(&self) -> Bus {
        self.let_agents_in_for(CalloutOptions::default()).await
    }

    pub async fn let_agents_in_for(&self, options: CalloutOptions) -> Bus {
        let bus = self.bus("callout").await;
        let (keys, directory) = (self.keys.clone(), self.directory.clone());
        let callout = serve_callout(bus.clone(), keys, directory, options, self.stop.clone());
        tokio::spawn(callout);
        // Whoever came before it listens would be refused.
        let first = self.enrol("door-opener");
        drop(self.agent(&first).await);
        bus
    }

    /// A fresh agent that the callout lets in.
    pub fn enrol(&self, agent: &str) -> AgentCredentials {
        let credentials = AgentCredentials::generate(agent.parse().expect("an agent id"));
        let credentials = credentials.expect("a key");
        self.directory.enrol(&credentials);
        credentials
    }

    /// A connection of that agent; tries until the callout is there.
    pub async fn agent(&self, credentials: &AgentCredentials) -> async_nats::Client {
        let url = self.nats.url();
        let started = std::time::Instant::now();
        loop {
            match credentials.connect(&url).await {
                Ok(client) => return client,
                Err(error) => assert!(started.elapsed() < PATIENCE, "{error}"),
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Which key belongs to which agent.
#[derive(Default)]
pub struct Directory {
    keys: Mutex<HashMap<String, AgentId>>,
    away: AtomicBool,
}

impl Directory {
    pub fn enrol(&self, agent: &AgentCredentials) {
        let mut agents = self.keys.lock().expect("not poisoned");
        agents.insert(agent.public_key.clone(), agent.agent.clone());
    }

    pub fn revoke(&self, agent: &AgentCredentials) {
        let mut agents = self.keys.lock().expect("not poisoned");
        agents.remove(&agent.public_key);
    }

    /// From now on it cannot say anything, or can again.
    pub fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }
}

impl AgentDirectory for Directory {
    async fn agent_by_public_key(&self, key: &str) -> Result<Option<AgentId>, NotNow> {
        if self.away.load(Ordering::SeqCst) {
            return Err(NotNow("the directory is away".to_owned()));
        }
        Ok(self.keys.lock().expect("not poisoned").get(key).cloned())
    }
}

/// A log of `count` events in memory, positions from 1.
pub fn log(count: i64) -> Vec<Arc<RecordedEvent>> {
    (1..=count)
        .map(|position| event(Position::new(position), "{\"n\":1}"))
        .collect()
}

pub fn event(position: Position, payload: &str) -> Arc<RecordedEvent> {
    let command = CommandId::generate();
    Arc::new(RecordedEvent {
        position,
        epoch: Epoch::new(1),
        aggregate_type: "task".to_owned(),
        aggregate_id: format!("t.{position}"),
        sequence: Sequence::new(1),
        event_type: "task_created".to_owned(),
        event_version: "1".to_owned(),
        payload: serde_json::value::RawValue::from_string(payload.to_owned()).expect("JSON"),
        metadata: Metadata {
            tenant: TenantId::default_organization(),
            actor: Actor::system("test"),
            correlation_id: command.as_uuid(),
            causation_id: None,
            request_id: None,
            traceparent: None,
        },
        event_id: EventId::generate(),
        command_id: command,
        recorded_at: chrono::DateTime::UNIX_EPOCH,
        encoded: std::sync::OnceLock::new(),
    })
}

/// Resolves when the server has worked off what this connection has sent.
pub async fn worked_off(bus: &Bus) {
    let asked = bus.client().request("$SYS.REQ.USER.INFO", "".into()).await;
    asked.expect("the server answers in order");
}

/// The same for a connection that may ask nobody but `subject`, which nobody hears.
pub async fn unheard(client: &async_nats::Client, subject: &str) {
    let asked = client.request(subject.to_owned(), "".into()).await;
    let error = asked.expect_err("nobody answers there");
    assert_eq!(error.kind(), async_nats::RequestErrorKind::NoResponders);
}

/// Waits until `done` says so.
pub async fn until<F: Future<Output = bool>>(what: &str, mut done: impl FnMut() -> F) {
    let started = std::time::Instant::now();
    while !done().await {
        assert!(
            started.elapsed() < PATIENCE,
            "it did not come to pass: {what}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
