//! `pantheon bus`: JetStream against the log.

use clap::Subcommand;
use serde_json::json;

use super::client::Api;
use super::{Failure, Global};

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
}

impl Bus {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let api = Api::new(global)?;
        let answer = match self {
            Self::Status => api.get("/api/v1/bus", &[]).await?,
            Self::Rebuild { yes } => {
                if !yes {
                    return Err(Failure::usage(
                        "this deletes the stream PANTHEON_EVENTS with its durable consumers and \
                         fills it anew from the log; say --yes if that is meant",
                    ));
                }
                api.post("/api/v1/bus/rebuild", &json!({})).await?
            }
        };
        Ok(global.output.one(&answer)?)
    }
}
