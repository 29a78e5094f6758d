//! `pantheon events`: the log, by position.

mod tail;
mod trace;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use serde_json::Value;

use super::client::{Api, segment};
use super::output::Format;
use super::signals::interruptible;
use super::{Failure, Global};

const COLUMNS: [&str; 6] = ["position", "time", "type", "subject", "sequence", "actor"];

/// Reads the log.
#[derive(Debug, Subcommand)]
pub enum Events {
    /// One page of events.
    List(Page),
    /// Events as they are committed.
    Tail(tail::Tail),
    /// One event, by position or event id.
    Get {
        /// The position or event id.
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        event: String,
    },
    /// What led to an event and what followed from it.
    Trace {
        /// The position or event id.
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        event: String,
    },
}

/// Which events.
#[derive(Clone, Debug, Args)]
pub struct Page {
    /// Start after this position.
    #[arg(long, default_value = "0")]
    after: String,
    /// At most so many (1–1000).
    #[arg(long, default_value = "50")]
    limit: u16,
    #[command(flatten)]
    which: Which,
}

/// Which of them.
#[derive(Clone, Debug, Args)]
pub struct Which {
    /// Only this stream: `<type>/<id>`.
    #[arg(long)]
    stream: Option<String>,
    /// Only these event types, commas between them; a name may end in `*`.
    #[arg(long = "type")]
    kind: Option<String>,
    /// Another tenant's id, or `*` for all: for those who run the installation.
    #[arg(long)]
    tenant: Option<String>,
}

impl Events {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let api = Api::new(global)?;
        match self {
            Self::Tail(tail) => tail.run(&api, global.output).await,
            other => interruptible(other.read(&api, global.output)).await,
        }
    }

    async fn read(self, api: &Api, format: Format) -> Result<(), Failure> {
        match self {
            Self::List(page) => {
                let answer = api.get("/api/v1/events", &page.query()).await?;
                format.page(&answer, &COLUMNS)?;
                if let (Format::Table, Some(_), Some(position)) = (
                    format,
                    answer["next_cursor"].as_str(),
                    answer["position"].as_str(),
                ) {
                    eprintln!("there are more: --after {position}");
                }
            }
            Self::Get { event } => {
                let path = format!("/api/v1/events/{}", segment(&event));
                format.one(&api.get(&path, &[]).await?)?;
            }
            Self::Trace { event } => {
                let path = format!("/api/v1/events/{}/trace", segment(&event));
                trace::print(&api.get(&path, &[]).await?, format)?;
            }
            Self::Tail(tail) => tail.run(api, format).await?,
        }
        Ok(())
    }
}

impl Page {
    fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = vec![
            ("after", self.after.clone()),
            ("limit", self.limit.to_string()),
        ];
        query.extend(self.which.query());
        query
    }
}

impl Which {
    fn query(&self) -> impl Iterator<Item = (&'static str, String)> {
        let named = [
            ("stream", &self.stream),
            ("type", &self.kind),
            ("tenant", &self.tenant),
        ];
        named
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.clone()?)))
    }
}

/// An event in a line.
fn summary(event: &Value) -> String {
    let text = |name: &str| event[name].as_str().unwrap_or("-").to_owned();
    let data = event["data"].to_string();
    let data: String = data.chars().take(120).collect();
    format!(
        "{:>8}  {}  {:<40} {:<38} {data}",
        text("position"),
        text("time"),
        text("type"),
        text("subject")
    )
}
