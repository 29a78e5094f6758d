//! A whole node in this process, on a database of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use pantheon::auth::Role;
use pantheon::config::{Config, Mode, Sources};
use pantheon::migrations;
use pantheon::node::{BusSettings, Node};
use pantheon_events::TenantId;
use sqlx::{Connection, PgConnection};

use crate::connection::Beats;
use crate::load::{Load, drive};
use crate::ours;
use crate::stage::{POOL, Stage, pool};
use crate::workload;

/// Connections that heartbeats come over.
pub const CONNECTIONS: usize = 256;
const SOON: Duration = Duration::from_millis(20);
/// The longest wait for projections on a long log.
const PATIENCE: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// A node, and what it stands on.
pub struct Served {
    pub node: Node,
    pub url: String,
    /// A token for the agent behind each connection.
    pub tokens: Vec<String>,
}

impl Served {
    /// Starts a node in a new database, with all agents enrolled and let in.
    pub async fn start(stage: &Stage, name: &str, bus: Option<BusSettings>) -> Result<Self> {
        let url = database(stage, name).await?;
        // The relay is measured by itself.
        let node = node(stage, name, &url, "api,projector,live", bus).await?;
        ours::enrol(&node.app().commands.agents).await?;
        admitted(&node).await?;
        let tokens = tokens(&node)?;
        Ok(Self { node, url, tokens })
    }

    pub fn address(&self) -> SocketAddr {
        self.node.address()
    }

    /// Heartbeats over HTTP at this address, for this long.
    pub async fn beats(&self, address: SocketAddr, time: Duration) -> Result<Load> {
        let mut connections = Vec::with_capacity(self.tokens.len());
        for (n, token) in self.tokens.iter().enumerate() {
            connections.push(Beats::open(address, n, token).await?);
        }
        drive(connections, time).await
    }

    /// A token with which everything may be seen.
    pub fn operator(&self) -> String {
        let tenant = TenantId::default_organization();
        let auth = &self.node.app().auth;
        auth.issue_operator("bench", tenant, Role::Admin, DAY).token
    }

    /// Waits until all projections stand at the head: what they still have to do is no load on
    /// the other sides.
    pub async fn caught_up(&self) -> Result<()> {
        let app = self.node.app();
        loop {
            let head = app.log.head();
            let report = app.health.report(&app.log);
            let mut projections = report.iter().filter(|f| f.name.starts_with("projection:"));
            if projections.all(|follower| follower.position >= head) {
                return Ok(());
            }
            tokio::time::sleep(SOON).await;
        }
    }

    pub async fn stop(self, stage: &Stage, name: &str) -> Result<()> {
        self.node.stop().await;
        stage.drop_database(name).await
    }
}

/// A new database with the schema of this build.
pub async fn database(stage: &Stage, name: &str) -> Result<String> {
    let url = stage.database(name).await?;
    let database = pool(&url).await?;
    migrations::up(&database).await?;
    database.close().await;
    Ok(url)
}

/// A node on a database that is there, without limits on how much anybody may ask.
pub async fn node(
    stage: &Stage,
    name: &str,
    url: &str,
    role: &str,
    bus: Option<BusSettings>,
) -> Result<Node> {
    let dir = stage.dir().join(format!("node-{name}"));
    let sources = Sources {
        mode: Mode::Serve,
        file: None,
        env: env(&dir.display().to_string(), role),
        flags: BTreeMap::new(),
    };
    Node::start(Config::load(&sources)?, url, bus).await
}

/// The settings of every node that is measured.
pub fn env(dir: &str, role: &str) -> BTreeMap<String, String> {
    [
        ("PANTHEON_LISTEN", "127.0.0.1:0"),
        ("PANTHEON_DATA_DIR", dir),
        ("PANTHEON_ROLE", role),
        ("PANTHEON_DATABASE_CONNECTIONS", &POOL.to_string()),
        ("PANTHEON_LIMITS_REQUESTS_PER_MINUTE", "0"),
        ("PANTHEON_LIMITS_ANONYMOUS_PER_MINUTE", "0"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

fn tokens(node: &Node) -> Result<Vec<String>> {
    let one = |n| {
        let agent = workload::agent(n).parse()?;
        let tenant = TenantId::default_organization();
        Ok(node.app().auth.issue_agent(agent, tenant, DAY).token)
    };
    (0..CONNECTIONS).map(one).collect()
}

/// The doors let an agent in once its enrolment has come round to them.
pub async fn admitted(node: &Node) -> Result<()> {
    let (log, health) = (&node.app().log, &node.app().health);
    let admissions = health
        .get("admissions")
        .context("the node follows admissions")?;
    while admissions.position() < log.head() {
        tokio::time::sleep(SOON).await;
    }
    Ok(())
}

/// Waits until every projection on this database has taken up so many events.
pub async fn projected(url: &str, events: i64) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    let until = Instant::now() + PATIENCE;
    loop {
        let (count, behind): (i64, i64) = sqlx::query_as(
            "select count(*), count(*) filter (where position < $1) from projection_checkpoints",
        )
        .bind(events)
        .fetch_one(&mut connection)
        .await?;
        if count > 0 && behind == 0 {
            return Ok(());
        }
        ensure!(
            Instant::now() < until,
            "{behind} of {count} projections do not get to {events}"
        );
        tokio::time::sleep(SOON).await;
    }
}
