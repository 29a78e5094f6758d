//! `pantheon streams`: one aggregate's history and state.

use clap::Subcommand;
use serde_json::json;

use super::client::Api;
use super::output::Format;
use super::{Failure, Global};

/// Reads one stream.
#[derive(Debug, Subcommand)]
pub enum Streams {
    /// The stream's events and the state they fold to.
    Show {
        /// `<type>/<id>`.
        stream: String,
        /// A position or an RFC 3339 time: the state as it was then.
        #[arg(long)]
        as_of: Option<String>,
    },
}

impl Streams {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let Self::Show { stream, as_of } = self;
        if !stream.contains('/') {
            return Err(Failure::usage(format!(
                "{stream:?} is not <type>/<id>, as in task/0190…"
            )));
        }
        let api = Api::new(global)?;
        let query: Vec<_> = as_of.into_iter().map(|at| ("as_of", at)).collect();
        let events = api
            .get(&format!("/api/v1/streams/{stream}"), &query)
            .await?;
        let state = api
            .get(&format!("/api/v1/streams/{stream}/state"), &query)
            .await?;
        match global.output {
            Format::Table => {
                let items = events["items"].as_array().cloned().unwrap_or_default();
                Format::Table.list(&items, &["sequence", "position", "time", "type", "actor"])?;
                println!();
                Format::Table.one(&state["state"])?;
            }
            other => other.one(&json!({ "events": events["items"], "state": state["state"] }))?,
        }
        Ok(())
    }
}
