//! `pantheon bus`: JetStream against the log.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Subcommand;
use pantheon_nats::{BusKeys, ServerConfig};
use serde_json::{Value, json};

use super::client::Api;
use super::{Exit, Failure, Global};
use crate::config::{Config, Mode, Sources};

/// JetStream against the log.
#[derive(Debug, Subcommand)]
pub enum Bus {
    /// How far the mirror is, and whether it is a copy of this log.
    Status,
    /// Delete the mirror and fill it anew from the log, after a fork alarm.
    Rebuild {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Print the configuration for a nats-server of one's own. The keys lie in the data directory
    /// and are made if they are missing; what is printed holds public keys alone.
    Config {
        /// Where its clients connect.
        #[arg(long, default_value = "127.0.0.1:4222")]
        listen: SocketAddr,
        /// The port of its monitoring pages, on loopback.
        #[arg(long)]
        monitor_port: Option<u16>,
        /// The directory of JetStream, on the machine of that server.
        #[arg(long, value_name = "DIR", default_value = "/var/lib/nats/jetstream")]
        store_dir: PathBuf,
    },
}

impl Bus {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::Config {
                listen,
                monitor_port,
                store_dir,
            } => print_config(listen, monitor_port, store_dir),
            Self::Status => {
                let answer = Api::new(global)?.get("/api/v1/bus", &[]).await?;
                global.output.one(&answer)?;
                verdict(&answer)
            }
            Self::Rebuild { yes } => {
                if !yes {
                    return Err(Failure::usage(
                        "this deletes the stream PANTHEON_EVENTS with its durable consumers and \
                         fills it anew from the log; say --yes if that is meant",
                    ));
                }
                let answer = Api::new(global)?
                    .post("/api/v1/bus/rebuild", &json!({}))
                    .await?;
                Ok(global.output.one(&answer)?)
            }
        }
    }
}

/// A relay halts when the stream is no copy of the log.
fn verdict(answer: &Value) -> Result<(), Failure> {
    if answer["relay"].is_null() && answer["mirror"].is_null() {
        let why = answer["error"].as_str().unwrap_or("This node has no bus.");
        return Err(Failure::failed(why));
    }
    if answer["connected"] == false {
        return Err(Failure::unreachable("the server is not connected to NATS"));
    }
    let relay = &answer["relay"];
    let halted = relay["state"].as_str().map(str::to_lowercase);
    if halted.as_deref() == Some("halted") {
        let why = relay["error"].as_str().unwrap_or("see the server's log");
        return Err(Failure::new(
            Exit::Verification,
            format!("the relay has halted: {why}"),
        ));
    }
    Ok(())
}

fn print_config(listen: SocketAddr, port: Option<u16>, store: PathBuf) -> Result<(), Failure> {
    let config = Config::load(&Sources::process(Mode::Serve, BTreeMap::new()))?;
    let keys = BusKeys::load_or_create(&config.bus_keys()).map_err(anyhow::Error::from)?;
    let mut server = ServerConfig::new(listen, store, &keys).map_err(anyhow::Error::from)?;
    server.monitor_port = port;
    super::output::line(server.to_string().trim_end())?;
    Ok(())
}
