//! An installation of real processes: Postgres, nats-server, and nodes of the real binary.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use pantheon::auth::{Auth, Revoked, Role, TokenKeys};
use pantheon::clock::Clock;
use pantheon_events::TenantId;
use pantheon_nats::{BusKeys, Credentials, ServerConfig};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::api::{Address, Api};
use crate::evidence::{self, Logged, Mirrored};
use crate::scratch::Scratch;
use crate::wait::eventually;
use crate::{Database, Nats, Postgres, Process, Proxy};

/// How long a node may take to start on a busy machine.
const START: Duration = Duration::from_secs(60);
const TOKEN_TTL: Duration = Duration::from_secs(24 * 3600);
/// Who operates in tests.
pub const OPERATOR: &str = "0198c7a0-0000-7000-8000-000000000001";

/// What an installation is made of.
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    program: PathBuf,
    nodes: usize,
    proxied: bool,
    settings: BTreeMap<String, String>,
}

impl ClusterOptions {
    /// One node of this binary, usually `env!("CARGO_BIN_EXE_pantheon")`.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            nodes: 1,
            proxied: false,
            settings: BTreeMap::new(),
        }
    }

    /// So many nodes.
    #[must_use]
    pub fn nodes(mut self, count: usize) -> Self {
        self.nodes = count;
        self
    }

    /// Puts a proxy before Postgres and before nats-server, to break the nodes' links.
    #[must_use]
    pub fn proxied(mut self) -> Self {
        self.proxied = true;
        self
    }

    /// A setting of all nodes.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.to_owned(), value.to_owned());
        self
    }
}

/// A running installation. Dropping it kills everything and prints what the nodes said last, which
/// is seen when the test has failed.
#[derive(Debug)]
pub struct Cluster {
    nodes: Vec<Node>,
    /// The nodes' links, when they are proxied.
    pub links: Option<Links>,
    /// The server that holds the log.
    pub postgres: Postgres,
    /// The server that holds the copy.
    pub nats: Nats,
    options: ClusterOptions,
    database: Database,
    pool: PgPool,
    keys: BusKeys,
    auth: Auth,
    data: Scratch,
}

/// Proxies on the way of every node.
#[derive(Debug)]
pub struct Links {
    /// To Postgres.
    pub postgres: Proxy,
    /// To nats-server.
    pub nats: Proxy,
}

/// One node, running or not.
#[derive(Debug, Default)]
struct Node {
    process: Option<Process>,
    address: Address,
}

impl Cluster {
    /// Starts everything; all nodes are ready when it returns.
    ///
    /// # Errors
    /// A server or a node did not start; the message says why.
    pub async fn start(options: ClusterOptions) -> Result<Self> {
        let data = Scratch::new("cluster")?;
        let keys = BusKeys::load_or_create(&data.path().join("keys").join("nats.json"))?;
        let auth = Auth::new(
            TokenKeys::open(None, data.path())?,
            Clock::system(),
            Revoked::default(),
        );
        let postgres = Postgres::own().await?;
        let database = postgres.database().await?;
        let nats = nats(&keys).await?;
        let links = match options.proxied {
            true => Some(Links {
                postgres: Proxy::to_port(postgres.port()).await?,
                nats: Proxy::to_port(nats.places().port).await?,
            }),
            false => None,
        };
        let mut cluster = Self {
            nodes: Vec::new(),
            links,
            // Tested before use: the server is killed under it.
            pool: PgPoolOptions::new()
                .max_connections(4)
                .connect_lazy_with(database.connect_options()?),
            postgres,
            nats,
            options,
            database,
            keys,
            auth,
            data,
        };
        for node in 0..cluster.options.nodes {
            cluster.nodes.push(Node::default());
            cluster.start_node(node).await?;
        }
        for node in 0..cluster.options.nodes {
            cluster.well(node).await?;
        }
        Ok(cluster)
    }

    /// Starts a node that does not run, as another start of the same one.
    ///
    /// # Errors
    /// It did not start; the message has what it said.
    pub async fn start_node(&mut self, node: usize) -> Result<()> {
        let process = Process::start(&self.options.program, ["serve"], self.settings())?;
        let url = process.ready(START).await;
        self.nodes[node].process = Some(process);
        self.nodes[node].address.set(&url?);
        Ok(())
    }

    /// Kills a node with SIGKILL.
    ///
    /// # Errors
    /// It does not run.
    pub async fn kill_node(&mut self, node: usize) -> Result<()> {
        let process = self.nodes[node].process.take();
        process.context("that node does not run")?.kill9().await
    }

    /// Stops a node with SIGTERM.
    ///
    /// # Errors
    /// It does not run, did not end in time, or did not end well.
    pub async fn stop_node(&mut self, node: usize) -> Result<()> {
        let process = self.nodes[node].process.take();
        let mut process = process.context("that node does not run")?;
        let status = process.terminate(Duration::from_secs(30)).await?;
        ensure!(
            status.success(),
            "a node ended with {status}: {:?}",
            process.stderr()
        );
        Ok(())
    }

    /// Changes a setting of the nodes that are started from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        let settings = &mut self.options.settings;
        settings.insert(name.to_owned(), value.to_owned());
    }

    /// The process of a node.
    ///
    /// # Errors
    /// It does not run.
    pub fn process(&self, node: usize) -> Result<&Process> {
        let process = self.nodes[node].process.as_ref();
        process.context("that node does not run")
    }

    /// Where a node listens, also after a restart.
    #[must_use]
    pub fn address(&self, node: usize) -> Address {
        self.nodes[node].address.clone()
    }

    /// Where all nodes listen.
    #[must_use]
    pub fn addresses(&self) -> Vec<Address> {
        self.nodes.iter().map(|node| node.address.clone()).collect()
    }

    /// A node's door, as an admin.
    ///
    /// # Errors
    /// When there is no client to be had.
    pub fn api(&self, node: usize) -> Result<Api> {
        Api::new(self.address(node), self.admin(), Duration::from_secs(15))
    }

    /// Every node's door, as an admin.
    ///
    /// # Errors
    /// When there is no client to be had.
    pub fn apis(&self) -> Result<Vec<Api>> {
        (0..self.nodes.len()).map(|node| self.api(node)).collect()
    }

    /// An admin's token of the default organisation.
    #[must_use]
    pub fn admin(&self) -> String {
        self.token(TenantId::default_organization(), Role::Admin)
    }

    /// An operator's token.
    #[must_use]
    pub fn token(&self, tenant: TenantId, role: Role) -> String {
        self.auth
            .issue_operator(OPERATOR, tenant, role, TOKEN_TTL)
            .token
    }

    /// A connection of the tester's own to the database of the log, past any proxy.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The database of the log, past any proxy.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Where the nodes keep their keys.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// A connection with Pantheon's own rights on the bus, past any proxy.
    ///
    /// # Errors
    /// nats-server is away.
    pub async fn bus(&self) -> Result<async_nats::Client> {
        let Credentials::Seed(seed) = self.keys.server_credentials() else {
            anyhow::bail!("the bus keys are seeds");
        };
        let options = async_nats::ConnectOptions::with_nkey(seed);
        let client = options.connect(self.nats.url()).await;
        client.context("cannot connect to nats-server")
    }

    /// Runs the binary with arguments and gives its standard output.
    ///
    /// # Errors
    /// It ended with another code than `exit`; the message has what it said.
    pub async fn cli(&self, node: usize, args: &[&str], exit: i32) -> Result<String> {
        let server = format!("http://{}", self.address(node).get());
        let env = [
            ("PANTHEON_SERVER", server),
            ("PANTHEON_TOKEN", self.admin()),
        ];
        run(&self.options.program, args, env, exit).await
    }

    /// Waits until every part of a node is well.
    ///
    /// # Errors
    /// When there is no client to be had.
    ///
    /// # Panics
    /// When it takes too long; the message names the part.
    pub async fn well(&self, node: usize) -> Result<()> {
        let api = self.api(node)?;
        eventually(START, async || api.ready().await?.expect(200)).await;
        Ok(())
    }

    /// The log, read past the nodes.
    ///
    /// # Errors
    /// Postgres did not answer.
    pub async fn log(&self) -> Result<Vec<Logged>> {
        evidence::log(&self.pool).await
    }

    /// JetStream's copy once it has reached `position`.
    ///
    /// # Errors
    /// nats-server is away.
    ///
    /// # Panics
    /// When the relay does not get there.
    pub async fn mirror_up_to(&self, position: i64) -> Result<Vec<Mirrored>> {
        let client = self.bus().await?;
        let jet = async_nats::jetstream::new(client.clone());
        eventually(Duration::from_secs(30), async || {
            let stream = jet.get_stream(pantheon_nats::topology::STREAM).await?;
            let last = stream.cached_info().state.last_sequence;
            ensure!(
                i64::try_from(last)? >= position,
                "the copy is at {last} of {position}"
            );
            Ok(())
        })
        .await;
        evidence::mirror(client).await
    }

    /// Stops a node with SIGTERM and gives all that it has written to its log.
    ///
    /// # Errors
    /// It does not run, or did not end in time.
    pub async fn last_words(&mut self, node: usize) -> Result<String> {
        let process = self.nodes[node].process.take();
        let mut process = process.context("that node does not run")?;
        process.terminate(Duration::from_secs(30)).await?;
        Ok(process.printed().await.1)
    }

    /// The environment of every node: its settings.
    #[must_use]
    pub fn settings(&self) -> Vec<(String, String)> {
        let mut postgres = self.database.url().to_owned();
        let mut nats = self.nats.url();
        if let Some(links) = &self.links {
            postgres = links.postgres.url(&postgres, self.postgres.port());
            nats = links.nats.url(&nats, self.nats.places().port);
        }
        let data = self.data.path().display().to_string();
        let fixed = [
            ("DATABASE_URL", postgres),
            ("NATS_URL", nats),
            ("PANTHEON_DATA_DIR", data),
            ("PANTHEON_LISTEN", "127.0.0.1:0".to_owned()),
            ("PANTHEON_DATABASE_CONNECTIONS", "8".to_owned()),
            ("PANTHEON_LIMITS_REQUESTS_PER_MINUTE", "0".to_owned()),
            ("PANTHEON_LIMITS_ANONYMOUS_PER_MINUTE", "0".to_owned()),
            ("PANTHEON_LIMITS_FAILED_LOGINS_PER_MINUTE", "0".to_owned()),
            ("PANTHEON_LIMITS_LOGINS_PER_MINUTE", "0".to_owned()),
            ("PANTHEON_LIMITS_REGISTRATIONS_PER_MINUTE", "0".to_owned()),
            ("PANTHEON_LIMITS_REFRESHES_PER_MINUTE", "0".to_owned()),
        ];
        let fixed = fixed.map(|(name, value)| (name.to_owned(), value));
        fixed
            .into_iter()
            .chain(self.options.settings.clone())
            .collect()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for (number, node) in self.nodes.iter().enumerate() {
            let said = node
                .process
                .as_ref()
                .map(Process::stderr)
                .unwrap_or_default();
            let last = said[said.len().saturating_sub(60)..].join("\n");
            eprintln!("node {number} said last:\n{last}\n");
        }
    }
}

/// Runs a program to its end and gives its standard output.
///
/// # Errors
/// It ended with another code than `exit`; the message has what it said.
pub async fn run(
    program: &Path,
    args: &[&str],
    env: impl IntoIterator<Item = (impl AsRef<OsStr>, String)>,
    exit: i32,
) -> Result<String> {
    let mut process = Process::start(program, args, env)?;
    let status = process.wait(START).await?;
    let (out, err) = process.printed().await;
    ensure!(
        status.code() == Some(exit),
        "{args:?} ended with {status} instead of {exit}:\n{out}\n{err}"
    );
    Ok(out)
}

/// A nats-server with the configuration that Pantheon writes.
async fn nats(keys: &BusKeys) -> Result<Nats> {
    let keys = keys.clone();
    Nats::own_with(|options| {
        options.config(move |places| {
            let listen = ([127, 0, 0, 1], places.port).into();
            let config = ServerConfig::new(listen, &places.store_dir, &keys);
            let mut config = config.expect("keys that were just made are good");
            config.monitor_port = Some(places.http_port);
            config.to_string()
        })
    })
    .await
}
