//! `pantheon streams`: one aggregate's history and state.

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::{Api, segment};
use super::output::{Format, items, line};
use super::{Failure, Global};

const COLUMNS: [&str; 5] = ["sequence", "position", "time", "type", "actor"];
const PAGE: &str = "1000";

/// Reads one stream.
#[derive(Debug, Subcommand)]
pub enum Streams {
    /// The stream's events and the state they fold to.
    Show {
        /// `<type>/<id>`.
        stream: String,
        /// A position or an RFC 3339 time: history and state as they were then.
        #[arg(long)]
        as_of: Option<String>,
    },
}

impl Streams {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let Self::Show { stream, as_of } = self;
        let (kind, id) = stream
            .split_once('/')
            .filter(|(kind, id)| !kind.is_empty() && !id.is_empty())
            .ok_or_else(|| {
                Failure::usage(format!("{stream:?} is not <type>/<id>, as in task/0190…"))
            })?;
        let api = Api::new(global)?;
        let path = format!("/api/v1/streams/{}/{}", segment(kind), segment(id));
        let query: Vec<_> = as_of.into_iter().map(|at| ("as_of", at)).collect();
        // The state first: the history goes up to the event that it ends with.
        let mut shown = api.get(&format!("{path}/state"), &query).await?;
        let at = shown["position"].as_str().unwrap_or_default().to_owned();
        let events = history(&api, &path, &at).await?;
        match global.output {
            Format::Table => {
                Format::Table.list(&events, &COLUMNS)?;
                line("")?;
                Format::Table.one(&shown["state"])?;
            }
            Format::Ndjson => {
                Format::Ndjson.list(&events, &COLUMNS)?;
                Format::Ndjson.one(&shown)?;
            }
            Format::Json => {
                shown["events"] = json!(events);
                Format::Json.one(&shown)?;
            }
        }
        Ok(())
    }
}

/// Every event up to a position, page by page.
async fn history(api: &Api, path: &str, at: &str) -> Result<Vec<Value>, Failure> {
    let mut events = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut query = vec![("as_of", at.to_owned()), ("limit", PAGE.to_owned())];
        query.extend(cursor.map(|cursor| ("cursor", cursor)));
        let page = api.get(path, &query).await?;
        events.extend_from_slice(items(&page));
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return Ok(events);
        }
    }
}
