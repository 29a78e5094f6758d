//! `pantheon agent`: the fleet.

mod simulate;

use clap::Subcommand;
use clap::builder::NonEmptyStringValueParser;
use serde_json::json;

use super::client::{Api, segment};
use super::output::Format;
use super::signals::interruptible;
use super::{Failure, Global};

const COLUMNS: [&str; 7] = [
    "id",
    "name",
    "status",
    "health",
    "desired_state",
    "enrolled",
    "last_heartbeat",
];

/// The fleet.
#[derive(Debug, Subcommand)]
pub enum Agent {
    /// Give an agent a key of its own. Its credentials are printed once.
    Enroll {
        /// The agent's id; made up when left out.
        id: Option<String>,
        /// A catalogue id, as in `codegen`.
        #[arg(long = "type")]
        kind: String,
        /// A name for people.
        #[arg(long)]
        name: Option<String>,
        /// What it can do beyond its kind; may be repeated.
        #[arg(long = "capability")]
        capabilities: Vec<String>,
    },
    /// Take an agent's key back; its connections are cut within seconds.
    Revoke {
        /// The agent.
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        id: String,
    },
    /// Every agent and how it is.
    List,
    /// Run simulated agents over real NATS with keys of their own.
    Simulate(simulate::Simulate),
}

impl Agent {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let api = Api::new(global)?;
        match self {
            Self::Simulate(command) => command.run(&api, global.output).await,
            other => interruptible(other.ask(&api, global.output)).await,
        }
    }

    async fn ask(self, api: &Api, format: Format) -> Result<(), Failure> {
        match self {
            Self::Enroll {
                id,
                kind,
                name,
                capabilities,
            } => {
                let mut body = json!({ "type": kind });
                if let Some(id) = id {
                    body["id"] = json!(id);
                }
                if let Some(name) = name {
                    body["name"] = json!(name);
                }
                if !capabilities.is_empty() {
                    body["capabilities"] = json!(capabilities);
                }
                format.one(&api.post("/api/v1/agents", &body).await?)?;
            }
            Self::Revoke { id } => {
                let path = format!("/api/v1/agents/{}", segment(&id));
                format.one(&api.delete(&path).await?)?;
            }
            Self::List => {
                let answer = api.get("/api/v1/agents", &[]).await?;
                let items = answer.as_array().map_or(&[][..], Vec::as_slice);
                format.list(items, &COLUMNS)?;
            }
            Self::Simulate(command) => command.run(api, format).await?,
        }
        Ok(())
    }
}
