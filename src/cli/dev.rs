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
use crate::config::{Config, Mode, Sources};
use crate::node::Node;
use crate::simulate::{Fleet, Profile};
use crate::{lifecycle, telemetry};

const READY: Duration = Duration::from_secs(60);
const SEED: u64 = 2_026;

/// Runs everything on this machine.
#[derive(Debug, Args)]
pub struct Dev {
    /// How many simulated agents; 0 for none.
    #[arg(long, default_value_t = 12)]
    agents: usize,
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
        flags.extend(self.data_dir.map(|dir| ("data_dir", dir.display().to_string())));
        let config = Config::load(&Sources::process(Mode::Dev, flags))
            .map_err(|error| Failure::usage(error.to_string()))?;
        telemetry::init(&config)?;
        tokio::select! {
            ended = up(config, self.agents) => ended,
            () = lifecycle::signal() => Err(Failure::new(Exit::Interrupted, "interrupted while starting")),
        }
    }
}

/// Starts everything, waits for a signal, stops everything. Dropped half-way, what was started
/// ends with it.
async fn up(config: Config, agents: usize) -> Result<(), Failure> {
    let servers = Servers::start(&config).await?;
    let node = Node::start(config.clone(), &servers.database, Some(servers.bus.clone())).await?;
    token::keep(node.app())?;
    let credentials = agents::enroll(node.app(), agents).await?;
    let fleet = Fleet::start(
        &servers.bus.url,
        credentials,
        Profile::default(),
        SEED,
        CancellationToken::new(),
    );
    let url = format!("http://{}", node.address());
    lifecycle::ready(node.app(), READY).await.map_err(|parts| {
        Failure::new(Exit::Behind, format!("not ready after {} s: {parts}", READY.as_secs()))
    })?;
    super::output::line(&format!("ready {url}"))?;
    next_steps(&url, &config);
    lifecycle::signal().await;
    eprintln!("stopping; the next start continues on the same data");
    fleet.stop().await;
    node.stop().await;
    servers.stop().await;
    Ok(())
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
