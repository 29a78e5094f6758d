//! A node with the live doors only.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::extract::FromRef;
use chrono::TimeDelta;
use pantheon::auth::{Auth, Principal, Revoked, Role, Tickets, TokenKeys};
use pantheon::clock::Clock;
use pantheon::config::{Config, Mode, Sources};
use pantheon::http::events::EventsDeps;
use pantheon::http::health::{Check, DatabaseStatus, Probe};
use pantheon::http::{Api, Problem, ServerOptions, serve};
use pantheon::live::deps::Boxed;
use pantheon::live::dialect::fleet::{AgentEntry, Fleet, FleetState, Load};
use pantheon::live::owners::Owners;
use pantheon::live::{LiveConfig, LiveDeps};
use pantheon_events::{
    Actor, CommandId, EventId, Metadata, Position, RecordedEvent, Sequence, TenantId,
};
use pantheon_harness::{Database, Postgres};
use pantheon_log::{
    Append, Health, Log, LogOptions, NewEvent, Outcome, Recorded, Verdict, Writer, WriterOptions,
};
use pantheon_projections::engine::Engine;
use pantheon_projections::nodes::Figures;
use pantheon_projections::traces::TracesProjector;
use pantheon_projections::{Projector, Reads};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Everything a test needs. Stops when it is dropped.
pub struct Node {
    pub address: SocketAddr,
    pub auth: Auth,
    pub log: Log,
    pub writer: Writer,
    pub database: Database,
    pub stop: CancellationToken,
    pub serving: Option<JoinHandle<()>>,
    clock: Arc<AtomicI64>,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[derive(Clone)]
struct Doors {
    live: LiveDeps,
    events: EventsDeps,
}

impl FromRef<Doors> for LiveDeps {
    fn from_ref(doors: &Doors) -> Self {
        doors.live.clone()
    }
}

impl FromRef<Doors> for EventsDeps {
    fn from_ref(doors: &Doors) -> Self {
        doors.events.clone()
    }
}

/// A fleet that stands still.
struct StillFleet(Log);

impl Fleet for StillFleet {
    fn state<'a>(&'a self, _: &'a Principal) -> Boxed<'a, Result<FleetState, Problem>> {
        let agents = vec![AgentEntry {
            id: "codegen".into(),
            name: "CodeGen Agent".into(),
            status: "idle".into(),
            current_task: None,
        }];
        let position = self.0.head();
        Box::pin(async move {
            Ok(FleetState {
                agents,
                position,
                ..FleetState::default()
            })
        })
    }

    fn load(&self, _: TenantId) -> Boxed<'_, Option<Load>> {
        let load = Load {
            active: 1,
            queued: 2,
            memory_usage: 42.0,
        };
        Box::pin(std::future::ready(Some(load)))
    }

    fn figures(&self, _: TenantId, _: Position) -> Boxed<'_, Option<Figures>> {
        Box::pin(std::future::ready(None))
    }
}

impl Node {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(configure: impl FnOnce(&mut LiveConfig)) -> Self {
        let database = Postgres::shared().await.expect("a database");
        Self::on(database, configure, "*").await
    }

    /// A node on a database that others may use too.
    pub async fn on(
        database: Database,
        configure: impl FnOnce(&mut LiveConfig),
        origins: &str,
    ) -> Self {
        let stop = CancellationToken::new();
        let pool = database.pool(8).await.expect("a pool");
        // A small ring, so that tests catch up from Postgres all the time.
        let options = LogOptions {
            ring_events: 64,
            ..LogOptions::default()
        };
        let log = Log::open(pool.clone(), options).await.expect("a log");
        log.start(stop.clone());
        let connect = database.connect_options().expect("options");
        let (writer, _) = Writer::start(
            connect.clone(),
            &log,
            WriterOptions::default(),
            stop.clone(),
        );
        let projectors: Vec<Arc<dyn Projector>> = vec![Arc::new(TracesProjector)];
        let engine = Engine::start(&log, projectors, &Health::new(), &stop);
        let reads = Reads::open(&connect, 4, engine.positions());

        let time = Arc::new(AtomicI64::new(0));
        let ahead = Arc::clone(&time);
        let clock = Clock::from_fn(move || {
            Clock::system().now() + TimeDelta::seconds(ahead.load(Ordering::Relaxed))
        });
        let keys = tempfile::tempdir().expect("a folder");
        let keys = TokenKeys::open(None, keys.path()).expect("keys");
        let auth = Auth::new(keys, clock.clone(), Revoked::default());

        let mut config = LiveConfig::default();
        configure(&mut config);
        let owners = Owners::new(log.clone());
        let live = LiveDeps {
            log: log.clone(),
            owners: owners.clone(),
            auth: auth.clone(),
            tickets: Tickets::new(pool),
            fleet: Arc::new(StillFleet(log.clone())),
            config: Arc::new(config),
            began: clock.now(),
            clock,
            stop: stop.clone(),
            tracker: TaskTracker::new(),
        };
        let fold = |kind: &str, events: &[&RecordedEvent]| {
            (kind == "task").then(|| Ok(json!({ "events": events.len() })))
        };
        let events = EventsDeps {
            log: log.clone(),
            reads,
            owners,
            stop: stop.clone(),
            fold: Arc::new(fold),
        };
        let (address, serving) = listen(Doors { live, events }, origins, stop.clone()).await;
        Self {
            address,
            auth,
            log,
            writer,
            database,
            stop,
            serving: Some(serving),
            clock: time,
        }
    }

    /// Lets time pass for tokens.
    pub fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    pub fn token(&self, id: &str, tenant: TenantId, role: Role) -> String {
        self.auth
            .issue_operator(id, tenant, role, Duration::from_secs(600))
            .token
    }

    /// A token of an admin of the default organisation.
    pub fn admin(&self) -> String {
        self.token("root", TenantId::default_organization(), Role::Admin)
    }

    /// Appends one event to a new stream.
    pub async fn append(
        &self,
        tenant: TenantId,
        aggregate: &'static str,
        event: &'static str,
    ) -> Position {
        let id = uuid::Uuid::now_v7().to_string();
        self.append_as(
            Actor::human("root"),
            tenant,
            (aggregate, &id, 0),
            event,
            json!({}),
        )
        .await
        .position
    }

    /// Appends one event to the stream `(type, id)` at its sequence.
    pub async fn append_as(
        &self,
        actor: Actor,
        tenant: TenantId,
        (aggregate, id, sequence): (&'static str, &str, i64),
        event: &'static str,
        payload: Value,
    ) -> Recorded {
        let command_id = CommandId::generate();
        let metadata = Metadata {
            tenant,
            actor,
            correlation_id: command_id.as_uuid(),
            causation_id: None,
            request_id: None,
            traceparent: None,
        };
        self.commit(
            command_id,
            &metadata,
            (aggregate, id, sequence),
            event,
            payload,
        )
        .await
    }

    pub async fn commit(
        &self,
        command_id: CommandId,
        metadata: &Metadata,
        (aggregate, id, sequence): (&'static str, &str, i64),
        event: &'static str,
        payload: Value,
    ) -> Recorded {
        let new = NewEvent {
            event_id: EventId::generate(),
            event_type: event,
            event_version: "1",
            payload: payload.to_string(),
        };
        let append = Append {
            command_id,
            fingerprint: [7; 32],
            aggregate_type: aggregate,
            aggregate_id: id.to_owned(),
            expected: Sequence::new(sequence),
            base: None,
            metadata: serde_json::to_string(metadata).expect("serialises"),
            outcome: Outcome::Accepted(vec![new]),
        };
        match self
            .writer
            .append(append)
            .await
            .expect("the database answers")
        {
            Verdict::Recorded(recorded) => {
                let mut head = self.log.watch_head();
                head.wait_for(|head| *head >= recorded.position)
                    .await
                    .expect("the tail runs");
                recorded
            }
            other => panic!("not recorded: {other:?}"),
        }
    }
}

/// Everything is well; this area is not about it.
struct Well;

#[async_trait::async_trait]
impl Probe for Well {
    async fn checks(&self) -> Vec<Check> {
        Vec::new()
    }

    async fn database(&self) -> DatabaseStatus {
        DatabaseStatus {
            active_connections: 0,
            idle_connections: 1,
            max_connections: 1,
            status: "connected",
        }
    }
}

/// Serves the live doors behind the real layers.
async fn listen(
    doors: Doors,
    origins: &str,
    stop: CancellationToken,
) -> (SocketAddr, JoinHandle<()>) {
    let settings = [
        ("PANTHEON_CORS_ORIGINS", origins),
        ("PANTHEON_LIMITS_REQUESTS_PER_MINUTE", "0"),
    ];
    let env = settings.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let sources = Sources {
        mode: Mode::Serve,
        file: None,
        env: env.into(),
        flags: Default::default(),
    };
    let config = Config::load(&sources).expect("good settings");
    let shared = pantheon::http::Doors::new(&config, doors.live.auth.clone(), Arc::new(Well), None);
    let options = ServerOptions {
        stall: doors.live.config.stall,
        drain: Duration::from_secs(2),
        ..ServerOptions::from(&config)
    };
    let api = Api::default()
        .with(pantheon::live::routes())
        .with(pantheon::http::events::routes());
    let router = api.build(doors, &shared).expect("every route has a row");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    (
        address,
        tokio::spawn(serve(listener, router, options, stop)),
    )
}

/// The default organisation.
pub fn home() -> TenantId {
    TenantId::default_organization()
}

/// Another organisation.
pub fn elsewhere() -> TenantId {
    TenantId::of_slug("elsewhere")
}
