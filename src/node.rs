//! Putting a node together, and taking it apart in the right order.

mod bus;
mod host;
mod queries;

use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use pantheon_log::{Health, Log, LogOptions, Writer, WriterOptions, indexed_session, pool};
use pantheon_projections::Reads;
use pantheon_projections::console::Console;
use pantheon_projections::engine::{Control, Engine, Positions};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio_util::sync::CancellationToken;

pub use self::bus::BusSettings;
use self::bus::Connected;
pub use self::queries::Queries;
use crate::app::{App, Parts};
use crate::audit::{Trail, Waiting};
use crate::auth::{Accounts, Agents, Auth, KeyFile, Revoked, TokenKeys};
use crate::clock::Clock;
use crate::config::Config;
use crate::followers::{Admissions, Belonging, TakenBack};
use crate::git::Repository;
use crate::health::NodeProbe;
use crate::http::{Doors, Rendered};
use crate::identity::{Github, Streams};
use crate::lifecycle::{Lifecycle, Phase};
use crate::live::LiveDeps;
use crate::migrations;
use crate::processes::Heartbeats;
use crate::pulse::Pulses;
use crate::secrets::{Envelopes, MasterKey, Passwords, Personal, Vault};
use crate::store::{Commands, DispatcherOptions};
use crate::{observers, processes, secrets, telemetry};

const BATCH: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(10);
const CACHED_STREAMS: u64 = 50_000;
/// A token that was taken back is refused by every node within this time, or the node is not well.
const REVOKED_WITHIN: Duration = Duration::from_secs(5);

/// A running node.
pub struct Node {
    app: App,
    address: SocketAddr,
}

impl Node {
    /// Starts a node: log, followers, processes, doors. It listens when this returns.
    pub async fn start(config: Config, database: &str, bus: Option<BusSettings>) -> Result<Self> {
        Self::start_by(Clock::system(), config, database, bus).await
    }

    /// The same by a clock that its owner drives.
    pub async fn start_by(
        clock: Clock,
        config: Config,
        database: &str,
        bus: Option<BusSettings>,
    ) -> Result<Self> {
        let metrics = telemetry::metrics();
        let connect = PgConnectOptions::from_str(database)
            .context("DATABASE_URL is not a Postgres URL")?
            .application_name("pantheon");
        let pool = pool_of(&config, &connect);
        check_schema(&pool).await?;
        let connected = match bus {
            Some(settings) => Some(Connected::open(settings).await?),
            None => None,
        };
        let (trail, waiting) = Trail::new(clock.clone());
        let bus = connected.as_ref();
        let app = assemble(Kind::Whole, clock, config, pool, &connect, bus, trail).await?;
        if let Some(connected) = connected {
            connected.serve(&app);
        }
        if app.config.parts.projector {
            for process in processes::all(&app) {
                processes::spawn(&processes::deps(&app), process, &app.lifecycle);
            }
            for observer in observers::all(&app) {
                observers::spawn(&app, observer);
            }
        }
        keep_revoked_fresh(&app);
        keep_keys_fresh(&app);
        admit(&app);
        take_back(&app);
        belong(&app);
        keep_trail(&app, waiting);
        processes::first_start(&app).await?;
        let probe = Arc::new(NodeProbe::new(app.clone()));
        let doors = Doors::new(&app.config, app.auth.clone(), probe, metrics);
        let doors = doors.noting(app.trail.clone());
        let address = crate::http::start(&app, &doors).await?;
        let stop = app.lifecycle.stop(Phase::Intake);
        let alarms = processes::watch(app.clone(), stop.clone());
        app.lifecycle.spawn(Phase::Intake, "alarms", alarms);
        app.lifecycle
            .spawn(Phase::Intake, "host", host::observe(app.clone(), stop));
        Ok(Self { app, address })
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
        let left = self.app.lifecycle.drain(PATIENCE).await;
        if !left.is_empty() {
            tracing::warn!(?left, "some tasks did not end in time");
        }
        self.app.log.pool().close().await;
    }
}

async fn check_schema(pool: &PgPool) -> Result<()> {
    let standing = migrations::standing(pool).await;
    Ok(standing.context("Postgres is not reachable")?.ready()?)
}

/// What a node is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Everything that its settings say.
    Whole,
    /// Queries: it has no keys of its own, and needs only those that it checks tokens with.
    Queries,
}

fn pool_of(config: &Config, connect: &PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(config.database_connections)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        .before_acquire(pool::alive)
        .after_release(pool::whole)
        .connect_lazy_with(indexed_session(connect.clone()))
}

/// The keys of tokens, and the one that seals secrets.
fn keys_of(kind: Kind, config: &Config) -> Result<(TokenKeys, MasterKey)> {
    let (token, data) = (config.token_key.as_ref(), &config.data_dir);
    let secret = config.secret_key.as_ref();
    Ok(match kind {
        Kind::Whole => (
            TokenKeys::open(token, data)?,
            MasterKey::open(secret, data)?,
        ),
        Kind::Queries => (
            TokenKeys::verifying(token, data)?,
            match secret {
                Some(_) => MasterKey::open(secret, data)?,
                None => MasterKey::passing()?,
            },
        ),
    })
}

async fn assemble(
    kind: Kind,
    clock: Clock,
    config: Config,
    pool: PgPool,
    connect: &PgConnectOptions,
    bus: Option<&Connected>,
    trail: Trail,
) -> Result<App> {
    let lifecycle = Lifecycle::default();
    let (keys, master) = keys_of(kind, &config)?;
    let personal = Personal::new(pool.clone(), master.clone());
    if kind == Kind::Whole {
        // With a key missing, accounts would be lost one by one: better to say so before the first.
        secrets::check(&pool, &master).await?;
        personal.check().await?;
    }
    let vault = Vault::new(pool.clone(), master.clone());
    let github = Github::of(&config)?;
    let health = Health::new();
    let (log, writer) = open_log(&config, &pool, connect, &lifecycle).await?;
    let started_behind = log.head();
    let positions = project(&config, &log, &health, &lifecycle);
    let commands = Commands::new(&DispatcherOptions {
        pool,
        writer: writer.clone(),
        clock: clock.clone(),
        tracker: lifecycle.tracker(Phase::Intake),
        cached_streams: CACHED_STREAMS,
    });
    let reads = Reads::open(connect, config.database_connections, positions);
    let most_cost = u64::from(config.query_max_cost);
    let console = Console::new(connect, &reads, master.console_password(), most_cost);
    let agents = Agents::default();
    let accounts = Accounts::default();
    let auth = sign_in(keys, &clock, &agents, &accounts);
    auth.ask_sessions(Box::new(Streams {
        sessions: commands.sessions.clone(),
        accounts: accounts.clone(),
        clock: clock.clone(),
    }));
    let app = App::new(Parts {
        node: format!("node-{}", pantheon_events::CommandId::generate()),
        live: LiveDeps::new(&log, &reads, &personal, &auth, &clock, &config, &lifecycle),
        auth,
        agents,
        accounts,
        trail,
        vault,
        personal,
        envelopes: Envelopes::new(master),
        repository: Repository::of(&config),
        github,
        passwords: Passwords::new(),
        heartbeats: heartbeats(&config, &commands, &clock, &reads, &lifecycle),
        reads,
        console,
        rendered: Rendered::default(),
        projections: Control::new(&log, pantheon_projections::projectors(config.logs())),
        config,
        log,
        writer,
        commands,
        health,
        pulses: Pulses::default(),
        bus: bus.map(Connected::bus),
        started_at: clock.now(),
        started_behind,
        clock,
        lifecycle,
    });
    processes::prepare(&app);
    Ok(app)
}

/// Heartbeats that leave no event are noted by a task of the node's.
fn heartbeats(
    config: &Config,
    commands: &Commands,
    clock: &Clock,
    reads: &Reads,
    lifecycle: &Lifecycle,
) -> Heartbeats {
    let (heartbeats, task) = Heartbeats::start(
        commands.agents.clone(),
        config.heartbeat_recording(),
        clock.clone(),
        reads.clone(),
        lifecycle.stop(Phase::Followers),
    );
    lifecycle.spawn(Phase::Followers, "liveness", task);
    heartbeats
}

/// Tokens count as long as the one behind them may still act.
fn sign_in(keys: TokenKeys, clock: &Clock, agents: &Agents, accounts: &Accounts) -> Auth {
    let auth = Auth::new(keys, clock.clone(), Revoked::default());
    let (agents, accounts) = (agents.clone(), accounts.clone());
    auth.ask_alive(Box::new(move |principal| {
        agents.alive(principal) && accounts.alive(principal)
    }));
    auth
}

/// Keeps in memory which access tokens were taken back.
fn take_back(app: &App) {
    let follower = TakenBack::new(app.accounts.clone(), app.reads.clone(), app.clock.clone());
    let status = app.health.register("accounts");
    let stop = app.lifecycle.stop(Phase::Followers);
    let following = pantheon_log::follow(app.log.clone(), follower, status, BATCH, stop);
    app.lifecycle.spawn(Phase::Followers, "accounts", following);
}

/// Keeps in memory who is a member of what.
fn belong(app: &App) {
    let follower = Belonging::new(app.auth.members().clone(), app.reads.clone());
    let status = app.health.register("members");
    let stop = app.lifecycle.stop(Phase::Followers);
    let following = pantheon_log::follow(app.log.clone(), follower, status, BATCH, stop);
    app.lifecycle.spawn(Phase::Followers, "members", following);
}

/// Records what the doors noted. It ends after them, so that nothing they saw is left out.
fn keep_trail(app: &App, waiting: Waiting) {
    let stop = app.lifecycle.stop(Phase::Followers);
    let recording = app.trail.clone().record(app.clone(), waiting, stop);
    app.lifecycle
        .spawn(Phase::Followers, "access trail", recording);
}

/// Keeps in memory which agents may speak.
fn admit(app: &App) {
    let admissions = Admissions::new(app.agents.clone(), app.log.clone());
    let status = app.health.register("admissions");
    let stop = app.lifecycle.stop(Phase::Followers);
    let following = pantheon_log::follow(app.log.clone(), admissions, status, BATCH, stop);
    app.lifecycle
        .spawn(Phase::Followers, "admissions", following);
}

/// The log and its one writer; both end last.
async fn open_log(
    config: &Config,
    pool: &PgPool,
    connect: &PgConnectOptions,
    lifecycle: &Lifecycle,
) -> Result<(Log, Writer)> {
    let stop = lifecycle.stop(Phase::Writer);
    let log = Log::open(pool.clone(), LogOptions::default()).await?;
    let tail = log.start(stop.clone());
    lifecycle.spawn(Phase::Writer, "tail", joined(tail));
    let options = WriterOptions {
        queue: usize::try_from(config.limit_queue.max(1))?,
        ..WriterOptions::default()
    };
    let (writer, task) = Writer::start(connect.clone(), &log, options, stop);
    lifecycle.spawn(Phase::Writer, "writer", joined(task));
    Ok((log, writer))
}

async fn joined(task: tokio::task::JoinHandle<()>) {
    if let Err(error) = task.await {
        tracing::error!(%error, "a task of the log broke off");
    }
}

/// The projections, on nodes that run them.
fn project(config: &Config, log: &Log, health: &Health, lifecycle: &Lifecycle) -> Positions {
    if !config.parts.projector {
        return Positions::default();
    }
    let stop: CancellationToken = lifecycle.stop(Phase::Followers);
    let engine = Engine::start(
        log,
        pantheon_projections::projectors(config.logs()),
        health,
        &stop,
    );
    let positions = engine.positions();
    lifecycle.spawn(Phase::Followers, "projections", engine.stopped());
    positions
}

fn keep_revoked_fresh(app: &App) {
    let (revoked, pool) = (app.auth.revoked().clone(), app.log.statements().clone());
    let pulse = app.pulses.register("revoked tokens", REVOKED_WITHIN);
    let stop = app.lifecycle.stop(Phase::Followers);
    app.lifecycle.spawn(
        Phase::Followers,
        "revoked tokens",
        revoked.keep_fresh(pool, pulse, stop),
    );
}

/// Follows the file with the token keys, so that they change without a restart.
fn keep_keys_fresh(app: &App) {
    if let Some(file) = KeyFile::of(&app.config) {
        let stop = app.lifecycle.stop(Phase::Followers);
        let following = file.keep_fresh(app.auth.clone(), stop);
        app.lifecycle
            .spawn(Phase::Followers, "token keys", following);
    }
}
