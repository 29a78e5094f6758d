//! `pantheon serve`: the production server.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use pantheon_nats::BusKeys;

use super::Failure;
use crate::config::{Config, Mode, Sources};
use crate::node::{BusSettings, Node};

/// Runs the production server.
#[derive(Debug, Args)]
pub struct Serve {
    /// The parts that this node runs: api, projector, relay, live.
    #[arg(long)]
    role: Option<String>,
    /// The address to serve on.
    #[arg(long)]
    listen: Option<String>,
    /// Where keys and what is made at the first start lie.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Check the settings and what they point to, then exit.
    #[arg(long)]
    check: bool,
}

impl Serve {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let mut flags = BTreeMap::new();
        flags.extend(self.role.map(|role| ("role", role)));
        flags.extend(self.listen.map(|listen| ("listen", listen)));
        let dir = self.data_dir.map(|dir| dir.display().to_string());
        flags.extend(dir.map(|dir| ("data_dir", dir)));
        let config = Config::load(&Sources::process(Mode::Serve, flags))?;
        if self.check {
            return super::signals::interruptible(super::doctor::check(&config)).await;
        }
        super::start_log(&config)?;
        let database = config.database_url.clone().ok_or_else(|| {
            Failure::usage("DATABASE_URL is not set; name the Postgres that holds the log")
        })?;
        let bus = bus(&config)?;
        let node = super::signals::interruptible(start(config, database.expose(), bus)).await?;
        super::output::line(&format!("ready http://{}", node.address()))?;
        let reason = node.app().lifecycle.until_stopped().await?;
        tracing::info!(?reason, "stopping");
        node.stop().await;
        super::ended(&reason)
    }
}

/// A node, or the reason why there is none: the database is asked first, because only then its own
/// words are known.
async fn start(config: Config, database: &str, bus: Option<BusSettings>) -> Result<Node, Failure> {
    super::database::connect(database).await?.close().await;
    Ok(Node::start(config, database, bus).await?)
}

/// The bus that the settings name.
fn bus(config: &Config) -> Result<Option<BusSettings>, Failure> {
    let Some(url) = &config.nats_url else {
        return Ok(None);
    };
    let keys = BusKeys::load_or_create(&config.bus_keys()).map_err(anyhow::Error::from)?;
    Ok(Some(BusSettings {
        url: url.expose().to_owned(),
        keys,
    }))
}
