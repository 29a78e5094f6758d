//! `pantheon projections`: the read models.

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::Api;
use super::{Exit, Failure, Global};

const COLUMNS: [&str; 7] = [
    "name", "state", "position", "head", "lag", "parked", "error",
];

/// Looks after the read models.
#[derive(Debug, Subcommand)]
pub enum Projections {
    /// All of them and how far they are.
    List,
    /// One of them with its parked streams.
    Status {
        /// The projection.
        name: String,
    },
    /// Build it anew beside the live one, compare, swap.
    Rebuild {
        /// The projection.
        name: String,
        /// Put the model from before the last rebuild back.
        #[arg(long)]
        rollback: bool,
    },
    /// Stop following.
    Pause {
        /// The projection.
        name: String,
    },
    /// Follow again.
    Resume {
        /// The projection.
        name: String,
    },
    /// Build it anew beside the live one and compare; exit 6 when they differ.
    Verify {
        /// The projection.
        name: String,
    },
    /// Try the parked streams again.
    ReplayParked {
        /// The projection.
        name: String,
    },
}

impl Projections {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let api = Api::new(global)?;
        let answer = match &self {
            Self::List => {
                let answer = api.get("/api/v1/projections", &[]).await?;
                let items = answer["items"].as_array().cloned().unwrap_or_default();
                return Ok(global.output.list(&items, &COLUMNS)?);
            }
            Self::Status { name } => api.get(&format!("/api/v1/projections/{name}"), &[]).await?,
            Self::Rebuild { name, rollback } => {
                act(&api, name, "rebuild", &json!({ "rollback": rollback })).await?
            }
            Self::Pause { name } => act(&api, name, "pause", &json!({})).await?,
            Self::Resume { name } => act(&api, name, "resume", &json!({})).await?,
            Self::Verify { name } => act(&api, name, "verify", &json!({})).await?,
            Self::ReplayParked { name } => act(&api, name, "replay-parked", &json!({})).await?,
        };
        global.output.one(&answer)?;
        match answer["differences"].as_array() {
            Some(found) if !found.is_empty() && matches!(self, Self::Verify { .. }) => {
                let message = format!("the model differs from the log in {} rows", found.len());
                Err(Failure::new(Exit::Verification, message))
            }
            _ => Ok(()),
        }
    }
}

async fn act(api: &Api, name: &str, verb: &str, body: &Value) -> Result<Value, Failure> {
    api.post(&format!("/api/v1/projections/{name}/{verb}"), body)
        .await
}
