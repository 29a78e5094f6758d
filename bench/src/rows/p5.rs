//! P5: commands per second over HTTP with authentication; 256 keep-alive connections, on a whole
//! node with its projections running.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use pantheon::config::{Config, Mode, Sources};
use pantheon::migrations;
use pantheon::node::Node;
use pantheon_events::TenantId;
use tokio_util::sync::CancellationToken;

use crate::connection::Connection;
use crate::load::{Load, drive, quantiles, rate};
use crate::measure::{Measure, Of};
use crate::stage::{POOL, Stage, pool};
use crate::vanilla::Vanilla;
use crate::workload::{self, CALLERS};
use crate::{noop, ours};

const CONNECTIONS: usize = 256;
const BAR: f64 = 4.0;
const BAR_NOOP: f64 = 0.25;
const SOON: Duration = Duration::from_millis(50);
const DAY: Duration = Duration::from_secs(86_400);

pub async fn measure(stage: &Stage) -> Result<Vec<Measure>> {
    let size = stage.size;
    let vanilla = Vanilla::open(stage, "p5v").await?;
    let node = start(stage).await?;
    ours::enrol(&node.app().commands.agents).await?;
    admitted(&node).await?;
    let stop = CancellationToken::new();
    let nothing = noop::start(node.app(), stop.clone()).await?;
    let tokens = tokens(&node)?;
    round(node.address(), &tokens, size.warm_up).await?;
    round(nothing, &tokens, size.warm_up).await?;
    let (mut own, mut idle, mut other) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..size.rounds {
        own.push(round(node.address(), &tokens, size.round).await?);
        caught_up(&node).await?;
        idle.push(round(nothing, &tokens, size.round).await?);
        vanilla.enrol_anew().await?;
        other.push(drive(vanilla.beats(CALLERS), size.round).await?);
    }
    stop.cancel();
    node.stop().await;
    let of = |baseline| Of {
        value: rate(&own),
        baseline,
    };
    let note = format!(
        "{}, all projections running; vanilla in process",
        quantiles(&own)
    );
    let against = format!(
        "noop: same server, layers and token check; {}",
        quantiles(&idle)
    );
    Ok(vec![
        Measure::at_least("P5", "commands/s", of(rate(&other)), BAR, note),
        Measure::at_least("P5.noop", "commands/s", of(rate(&idle)), BAR_NOOP, against),
    ])
}

async fn start(stage: &Stage) -> Result<Node> {
    let url = stage.database("p5").await?;
    let database = pool(&url).await?;
    migrations::up(&database).await?;
    database.close().await;
    let env = [
        ("PANTHEON_LISTEN", "127.0.0.1:0".to_owned()),
        (
            "PANTHEON_DATA_DIR",
            stage.dir().join("node").display().to_string(),
        ),
        ("PANTHEON_DATABASE_CONNECTIONS", POOL.to_string()),
        ("PANTHEON_LIMITS_REQUESTS_PER_MINUTE", "0".to_owned()),
    ];
    let env = env
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let sources = Sources {
        mode: Mode::Serve,
        file: None,
        env,
        flags: BTreeMap::new(),
    };
    Node::start(Config::load(&sources)?, &url, None).await
}

/// A token for the agent behind each connection.
fn tokens(node: &Node) -> Result<Vec<String>> {
    let one = |n| {
        let agent = workload::agent(n).parse()?;
        let tenant = TenantId::default_organization();
        Ok(node.app().auth.issue_agent(agent, tenant, DAY).token)
    };
    (0..CONNECTIONS).map(one).collect()
}

async fn round(address: SocketAddr, tokens: &[String], time: Duration) -> Result<Load> {
    let mut connections = Vec::with_capacity(tokens.len());
    for (n, token) in tokens.iter().enumerate() {
        connections.push(Connection::open(address, n, token).await?);
    }
    drive(connections, time).await
}

/// The doors let an agent in once its enrolment has come round to them.
async fn admitted(node: &Node) -> Result<()> {
    let (log, health) = (&node.app().log, &node.app().health);
    let admissions = health
        .get("admissions")
        .context("the node follows admissions")?;
    while admissions.position() < log.head() {
        tokio::time::sleep(SOON).await;
    }
    Ok(())
}

/// What the projections still have to do is no load on the other sides.
async fn caught_up(node: &Node) -> Result<()> {
    let app = node.app();
    let head = app.log.head();
    loop {
        let behind = app
            .projections
            .list()
            .await?
            .iter()
            .any(|p| p.position < head);
        if !behind {
            return Ok(());
        }
        tokio::time::sleep(SOON).await;
    }
}
