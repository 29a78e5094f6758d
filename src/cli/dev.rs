//! `pantheon dev`: everything on this machine, with data that moves.

mod agents;
mod servers;
mod token;

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;
use tokio_util::sync::CancellationToken;

use self::servers::Servers;
use super::{Exit, Failure};
use crate::app::App;
use crate::config::{Config, Mode, Sources};
use crate::health::NodeProbe;
use crate::http::health::Probe;
use crate::node::Node;
use crate::simulate::{Fleet, Profile};

const READY: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(100);
const SEED: u64 = 2_026;

/// Runs everything on this machine.
#[derive(Debug, Args)]
pub struct Dev {
    /// How many simulated agents; 0 for none.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(..=1000))]
    agents: u16,
    /// The address to serve on; port 0 picks a free one.
    #[arg(long)]
    listen: Option<String>,
    /// Where everything is kept.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<std::path::PathBuf>,
}

impl Dev {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let mut flags = BTreeMap::new();
        flags.extend(self.listen.map(|listen| ("listen", listen)));
        flags.extend(
            self.data_dir
                .map(|dir| ("data_dir", dir.display().to_string())),
        );
        let config = Config::load(&Sources::process(Mode::Dev, flags))?;
        super::start_log(&config)?;
        // What was started ends with a half-made start.
        let running =
            super::signals::interruptible(Running::start(config, self.agents.into())).await?;
        let reason = running.node.app().lifecycle.until_stopped().await?;
        eprintln!("stopping; the next start continues on the same data");
        running.stop().await;
        super::ended(&reason)
    }
}

/// Everything that runs.
struct Running {
    servers: Servers,
    node: Node,
    fleet: Fleet,
}

impl Running {
    async fn start(mut config: Config, agents: usize) -> Result<Self, Failure> {
        let servers = Servers::start(&config).await?;
        if config.git_dir.is_none() {
            config.git_dir = servers::repository(&config).await;
        }
        let bus = servers.bus.clone();
        let node = Node::start(config.clone(), &servers.database, Some(bus.clone())).await?;
        token::keep(node.app()).await?;
        let credentials = agents::enroll(node.app(), agents).await?;
        let stop = CancellationToken::new();
        let fleet = Fleet::start(&bus.url, credentials, Profile::default(), SEED, stop);
        ready(node.app()).await?;
        let url = format!("http://{}", node.address());
        super::output::line(&format!("ready {url}"))?;
        next_steps(&url, &config);
        Ok(Self {
            servers,
            node,
            fleet,
        })
    }

    /// Agents first, then the node, then what it ran on.
    async fn stop(self) {
        self.fleet.stop().await;
        self.node.stop().await;
        self.servers.stop().await;
    }
}

/// Waits until every part of the node is well.
async fn ready(app: &App) -> Result<(), Failure> {
    let probe = NodeProbe::new(app.clone());
    let until = tokio::time::Instant::now() + READY;
    loop {
        let checks = probe.checks().await;
        let failing: Vec<_> = checks.iter().filter(|check| !check.ok).collect();
        if failing.is_empty() {
            return Ok(());
        }
        if tokio::time::Instant::now() >= until {
            let parts: Vec<String> = failing
                .iter()
                .map(|check| format!("{}: {}", check.name, check.message))
                .collect();
            let message = format!(
                "not ready after {} s: {}",
                READY.as_secs(),
                parts.join("; ")
            );
            return Err(Failure::new(Exit::Behind, message));
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn next_steps(url: &str, config: &Config) {
    let token = config.data_dir.join("admin.token");
    let token = token.display();
    eprintln!(
        "\nTry:\n  \
         curl -s -H \"Authorization: Bearer $(cat {token})\" {url}/api/v1/agents\n  \
         curl -s -H \"Authorization: Bearer $(cat {token})\" -H 'Content-Type: application/json' \
         -d '{{\"name\": \"Write the release notes\"}}' {url}/api/v1/tasks\n  \
         pantheon events tail --follow\n  \
         {url}/docs\n"
    );
}
