//! `pantheon schema`: the events' JSON Schemas.

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::Api;
use super::{Exit, Failure, Global};
use crate::schemas;

/// The events' JSON Schemas.
#[derive(Debug, Subcommand)]
pub enum Schema {
    /// Every event type and version.
    List,
    /// The schema of one event.
    Show {
        /// `<event type>` or `<event type>/<version>`.
        event: String,
    },
    /// Hold the schemas against the log's newest events; exit 6 when one does not fit.
    Check {
        /// How many events to look at.
        #[arg(long, default_value_t = 10_000)]
        last: u32,
    },
}

impl Schema {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::List => {
                let items: Vec<Value> = schemas::events()
                    .map(|spec| {
                        json!({
                            "aggregate": spec.aggregate,
                            "event_type": spec.event_type,
                            "version": spec.version,
                        })
                    })
                    .collect();
                Ok(global
                    .output
                    .list(&items, &["event_type", "version", "aggregate"])?)
            }
            Self::Show { event } => {
                let (kind, version) = event.split_once('/').unwrap_or((&event, ""));
                let found = schemas::events().find(|spec| {
                    spec.event_type == kind && (version.is_empty() || spec.version == version)
                });
                let Some(spec) = found else {
                    let message =
                        format!("no event {event:?}; `pantheon schema list` has them all");
                    return Err(Failure::new(Exit::NotFound, message));
                };
                Ok(super::output::Format::Json.one(&(spec.schema)().to_value())?)
            }
            Self::Check { last } => check(global, last).await,
        }
    }
}

/// Reads events back and decodes each with the types that wrote it.
async fn check(global: &Global, last: u32) -> Result<(), Failure> {
    let api = Api::new(global)?;
    let head = api
        .get("/api/v1/events", &[("after", i64::MAX.to_string())])
        .await?;
    let head: i64 = head["position"]
        .as_str()
        .and_then(|p| p.parse().ok())
        .unwrap_or(0);
    let mut after = (head - i64::from(last)).max(0);
    let (mut looked_at, mut unfit) = (0_u64, Vec::new());
    loop {
        let query = [("after", after.to_string()), ("limit", "1000".to_owned())];
        let page = api.get("/api/v1/events", &query).await?;
        let items = page["items"].as_array().cloned().unwrap_or_default();
        let Some(end) = items.last() else { break };
        after = end["position"]
            .as_str()
            .and_then(|p| p.parse().ok())
            .unwrap_or(i64::MAX);
        for event in &items {
            looked_at += 1;
            if let Err(error) = schemas::fits(event) {
                unfit.push(json!({ "position": event["position"], "error": error }));
            }
        }
    }
    global
        .output
        .one(&json!({ "events": looked_at, "unfit": unfit }))?;
    if unfit.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Verification,
        format!("{} events do not fit their schema", unfit.len()),
    ))
}
