//! Putting a node together, and taking it apart in the right order.

use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use pantheon_log::{FollowerState, Health, Log, LogOptions, Writer, WriterOptions};
use pantheon_nats::topology::Topology;
use pantheon_nats::{
    Bus, BusKeys, BusOptions, CalloutOptions, DoorOptions, HeadHint, Mirror, serve_callout,
    serve_commands,
};
use pantheon_projections::Reads;
use pantheon_projections::engine::{Control, Engine};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::{App, Parts};
use crate::auth::{Agents, Auth, Revoked, TokenKeys};
use crate::clock::Clock;
use crate::config::Config;
use crate::followers::{Admissions, Lease, Relay, while_leader};
use crate::intake::Intake;
use crate::migrations::{self, Standing};
use crate::processes::{self, Heartbeats};
use crate::store::{Commands, DispatcherOptions};

const RELAY_BATCH: usize = 4_096;
const BATCH: usize = 1_000;
const DRAIN: Duration = Duration::from_secs(10);
const CACHED_STREAMS: u64 = 50_000;

/// How to reach JetStream.
#[derive(Clone, Debug)]
pub struct BusSettings {
    /// `nats://host:port`.
    pub url: String,
    /// Pantheon's own keys there.
    pub keys: BusKeys,
}

/// A running node.
pub struct Node {
    app: App,
    address: SocketAddr,
    stops: Stops,
    engine: Option<Engine>,
    writer: JoinHandle<()>,
    tail: JoinHandle<()>,
    http: JoinHandle<()>,
}

/// One token per stage of the way down.
struct Stops {
    doors: CancellationToken,
    followers: CancellationToken,
    log: CancellationToken,
}

impl Node {
    /// Starts a node: log, followers, processes, doors. It listens when this returns.
    pub async fn start(config: Config, database: &str, bus: Option<BusSettings>) -> Result<Self> {
        let connect = PgConnectOptions::from_str(database)
            .context("DATABASE_URL is not a Postgres URL")?
            .application_name("pantheon");
        let pool = pool(&connect, config.database_connections);
        check_schema(&pool).await?;
        let stops = Stops {
            doors: CancellationToken::new(),
            followers: CancellationToken::new(),
            log: CancellationToken::new(),
        };
        let log = Log::open(pool.clone(), LogOptions::default()).await?;
        let tail = log.start(stops.log.clone());
        let (writer, writing) =
            Writer::start(connect.clone(), &log, WriterOptions::default(), stops.log.clone());
        let health = Health::new();
        let engine = config.parts.projector.then(|| {
            let projectors = pantheon_projections::projectors();
            Engine::start(&log, projectors, &health, &stops.followers)
        });
        let positions = engine.as_ref().map(Engine::positions).unwrap_or_default();
        let bus = match bus {
            Some(settings) => Some(connect_bus(settings).await?),
            None => None,
        };
        let app = assemble(&config, &pool, &connect, log, writer, health, positions, &bus, &stops)?;
        let http = crate::http::start(&app, stops.doors.clone()).await?;
        let node = Self {
            address: http.address,
            app,
            stops,
            engine,
            writer: writing,
            tail,
            http: http.task,
        };
        node.follow(bus);
        processes::first_start(&node.app).await?;
        Ok(node)
    }

    /// The node's parts.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes the node apart: doors close, commands at work end, followers stop, the writer
    /// commits what waits, and only then the database is let go.
    pub async fn stop(self) {
        self.app.stop.cancel();
        self.stops.doors.cancel();
        let _ = tokio::time::timeout(DRAIN, self.http).await;
        self.stops.followers.cancel();
        self.app.tracker.close();
        if tokio::time::timeout(DRAIN, self.app.tracker.wait()).await.is_err() {
            tracing::warn!("some tasks did not end in time");
        }
        self.stops.log.cancel();
        for task in [self.writer, self.tail] {
            let _ = tokio::time::timeout(DRAIN, task).await;
        }
        if let Some(engine) = self.engine {
            let _ = tokio::time::timeout(DRAIN, engine.stopped()).await;
        }
        if let Some(bus) = &self.app.bus {
            bus.close().await;
        }
        self.app.log.pool().close().await;
    }

    /// Starts what follows the log, and the doors on the bus.
    fn follow(&self, bus: Option<Connected>) {
        let (app, stops) = (&self.app, &self.stops);
        let pool = app.log.pool().clone();
        app.tracker.spawn(
            app.auth.revoked().clone().keep_fresh(pool, stops.followers.clone()),
        );
        let admissions = Admissions::new(app.agents.clone(), app.reads.clone());
        app.tracker.spawn(pantheon_log::follow(
            app.log.clone(),
            admissions,
            app.health.register("admissions"),
            BATCH,
            stops.followers.clone(),
        ));
        if app.config.parts.projector {
            for process in processes::all(app) {
                processes::spawn(&processes::deps(app), process, &app.tracker, stops.followers.clone());
            }
        }
        let Some(connected) = bus else { return };
        if app.config.parts.relay {
            relay(app, stops.followers.clone());
        }
        if app.config.parts.api {
            let intake = Arc::new(Intake::new(app.clone()));
            let (bus, doors) = (connected.bus.clone(), stops.doors.clone());
            app.tracker.spawn(serve_commands(bus, intake, DoorOptions::default(), doors));
            callout(app, &connected, stops.followers.clone());
        }
        hint(app, &connected.bus, &stops.followers);
    }
}

/// Pantheon's connections to the bus.
struct Connected {
    bus: Bus,
    keys: BusKeys,
    system: Bus,
}

async fn connect_bus(settings: BusSettings) -> Result<Connected> {
    let BusSettings { url, keys } = settings;
    let bus = BusOptions::new(url.clone(), keys.server_credentials(), "pantheon");
    let system = BusOptions::new(url, keys.system_credentials(), "pantheon-system");
    Ok(Connected { bus: Bus::start(bus).await?, system: Bus::start(system).await?, keys })
}

fn pool(connect: &PgConnectOptions, connections: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        .connect_lazy_with(connect.clone())
}

async fn check_schema(pool: &PgPool) -> Result<()> {
    match migrations::standing(pool).await.context("Postgres is not reachable")? {
        Standing::Current => Ok(()),
        Standing::Behind(missing) => anyhow::bail!(
            "{missing} migrations are missing in this database; run `pantheon migrate up`"
        ),
        Standing::Ahead => anyhow::bail!(
            "this database was migrated by a newer build; run that build, or a newer one"
        ),
    }
}

#[expect(clippy::too_many_arguments, reason = "the one place where all parts meet")]
fn assemble(
    config: &Config,
    pool: &PgPool,
    connect: &PgConnectOptions,
    log: Log,
    writer: Writer,
    health: Health,
    positions: pantheon_projections::engine::Positions,
    bus: &Option<Connected>,
    stops: &Stops,
) -> Result<App> {
    let clock = Clock::system();
    let keys = TokenKeys::open(config.token_key.as_ref(), &config.data_dir)?;
    let tracker = TaskTracker::new();
    let commands = Commands::new(&DispatcherOptions {
        pool: pool.clone(),
        writer: writer.clone(),
        clock: clock.clone(),
        tracker: tracker.clone(),
        cached_streams: CACHED_STREAMS,
    });
    let agents = Agents::default();
    let auth = Auth::new(keys, clock.clone(), Revoked::default());
    let known = agents.clone();
    auth.ask_alive(Box::new(move |principal| known.alive(principal)));
    let reads = Reads::open(connect, config.database_connections, positions);
    let (heartbeats, notes) = Heartbeats::start(
        commands.agents.clone(),
        config.heartbeat_recording(),
        clock.clone(),
        reads.clone(),
        stops.followers.clone(),
    );
    tracker.spawn(notes);
    let app = App::new(Parts {
        node: node_name(),
        config: config.clone(),
        auth,
        agents,
        heartbeats,
        clock,
        reads,
        projections: Control::new(&log, pantheon_projections::projectors()),
        log,
        writer,
        commands,
        health,
        bus: bus.as_ref().map(|connected| connected.bus.clone()),
        tracker,
        stop: stops.doors.child_token(),
    });
    processes::prepare(&app);
    Ok(app)
}

fn relay(app: &App, stop: CancellationToken) {
    let Some(bus) = app.bus.clone() else { return };
    let status = app.health.register("relay");
    let lease = Lease::new(app.log.pool().clone(), "relay", &app.node);
    let (log, clock) = (app.log.clone(), app.clock.clone());
    let idle = status.clone();
    app.tracker.spawn(async move {
        let mirror = Mirror::new(bus, Topology::default());
        while_leader(lease, stop, || idle.idle(FollowerState::Standby), |token| {
            let relay = Relay::new(log.clone(), mirror.clone(), clock.clone());
            pantheon_log::follow(log.clone(), relay, status.clone(), RELAY_BATCH, token)
        })
        .await;
    });
}

/// Answers nats-server's questions about agents, and cuts the ones that were revoked.
fn callout(app: &App, connected: &Connected, stop: CancellationToken) {
    let directory = Arc::new(crate::intake::Keys::new(app.clone()));
    let (bus, keys) = (connected.bus.clone(), connected.keys.clone());
    let (asked, ends) = (Arc::clone(&directory), stop.clone());
    app.tracker.spawn(async move {
        let options = CalloutOptions::default();
        if let Err(error) = serve_callout(bus, keys, asked, options, ends).await {
            tracing::error!(%error, "agents cannot sign in on NATS");
        }
    });
    app.tracker.spawn(crate::intake::cut_revoked(connected.system.clone(), directory, stop));
}

/// Tells other nodes that the log's head moved, and listens to theirs.
fn hint(app: &App, bus: &Bus, stop: &CancellationToken) {
    let (log, stop) = (app.log.clone(), stop.clone());
    let hint = HeadHint::new(bus.clone());
    app.tracker.spawn(async move {
        let wake = log.clone();
        tokio::join!(
            hint.announce(log.watch_head(), stop.clone()),
            hint.listen(move || wake.wake(), stop.clone()),
        );
    });
}

/// Unique among the nodes of one log: a restarted node is another one.
fn node_name() -> String {
    format!("node-{}", pantheon_events::CommandId::generate())
}
