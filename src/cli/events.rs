//! `pantheon events`: the log, by position.

use clap::{Args, Subcommand};
use serde_json::Value;

use super::client::Api;
use super::output::{Format, line};
use super::{Exit, Failure, Global};

/// The most seconds that the server lets a client wait for an event.
const LONG_POLL: &str = "10";
const COLUMNS: [&str; 6] = ["position", "time", "type", "subject", "sequence", "actor"];

/// Reads the log.
#[derive(Debug, Subcommand)]
pub enum Events {
    /// One page of events.
    List(Page),
    /// Events as they are committed.
    Tail(Tail),
    /// One event, by position or event id.
    Get {
        /// The position or event id.
        event: String,
    },
    /// What led to an event and what followed from it.
    Trace {
        /// The position or event id.
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
    /// Only this stream: `<type>/<id>`.
    #[arg(long)]
    stream: Option<String>,
    /// Only this event type.
    #[arg(long = "type")]
    kind: Option<String>,
}

/// Which events, and whether to stay.
#[derive(Debug, Args)]
pub struct Tail {
    /// Start after this position; the log's head when left out.
    #[arg(long)]
    after: Option<String>,
    /// Stay and print what comes, also over lost connections.
    #[arg(long, short)]
    follow: bool,
    /// Only this stream: `<type>/<id>`.
    #[arg(long)]
    stream: Option<String>,
    /// Only this event type.
    #[arg(long = "type")]
    kind: Option<String>,
}

impl Events {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let api = Api::new(global)?;
        match self {
            Self::List(page) => {
                let answer = api.get("/api/v1/events", &page.query()).await?;
                global.output.list(items(&answer), &COLUMNS)?;
            }
            Self::Get { event } => {
                let answer = api.get(&format!("/api/v1/events/{event}"), &[]).await?;
                global.output.one(&answer)?;
            }
            Self::Trace { event } => {
                let answer = api
                    .get(&format!("/api/v1/events/{event}/trace"), &[])
                    .await?;
                match global.output {
                    Format::Table => super::events::tree(&answer, 0)?,
                    other => other.one(&answer)?,
                }
            }
            Self::Tail(tail) => return tail.run(&api, global.output).await,
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
        query.extend(self.stream.clone().map(|stream| ("stream", stream)));
        query.extend(self.kind.clone().map(|kind| ("type", kind)));
        query
    }
}

impl Tail {
    /// Prints until the end (or for ever with `--follow`); the last position goes to stderr.
    async fn run(self, api: &Api, format: Format) -> Result<(), Failure> {
        let after = match &self.after {
            Some(after) => after.clone(),
            None => head(api).await?,
        };
        let mut page = Page {
            after,
            limit: 1000,
            stream: self.stream,
            kind: self.kind,
        };
        let ended = tokio::select! {
            ended = follow(api, &mut page, self.follow, format) => ended,
            _ = tokio::signal::ctrl_c() => Err(Failure::new(Exit::Interrupted, "interrupted")),
        };
        eprintln!("last position: {}", page.after);
        ended
    }
}

async fn follow(api: &Api, page: &mut Page, stay: bool, format: Format) -> Result<(), Failure> {
    let mut pause = tokio::time::Duration::from_millis(250);
    loop {
        let mut query = page.query();
        if stay {
            query.push(("wait", LONG_POLL.to_owned()));
        }
        let answer = match api.get("/api/v1/events", &query).await {
            Ok(answer) => answer,
            Err(failure) if stay && failure.exit == Exit::Unreachable => {
                eprintln!("{failure} Trying again from position {}.", page.after);
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(tokio::time::Duration::from_secs(5));
                continue;
            }
            Err(failure) => return Err(failure),
        };
        pause = tokio::time::Duration::from_millis(250);
        for event in items(&answer) {
            print(event, format)?;
        }
        let reached = ["next_cursor", "position"]
            .iter()
            .find_map(|name| answer[*name].as_str());
        let moved = reached.is_some_and(|reached| reached != page.after);
        if let Some(reached) = reached {
            page.after = reached.to_owned();
        }
        if !stay && !moved {
            return Ok(());
        }
    }
}

async fn head(api: &Api) -> Result<String, Failure> {
    let answer = api
        .get("/api/v1/events", &[("after", i64::MAX.to_string())])
        .await?;
    Ok(answer["position"].as_str().unwrap_or("0").to_owned())
}

fn items(answer: &Value) -> &[Value] {
    answer["items"].as_array().map_or(&[], Vec::as_slice)
}

fn print(event: &Value, format: Format) -> std::io::Result<()> {
    match format {
        Format::Table => line(&summary(event)),
        Format::Json | Format::Ndjson => line(&event.to_string()),
    }
}

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

/// Prints a causation tree, children indented under their cause.
pub(super) fn tree(node: &Value, depth: usize) -> std::io::Result<()> {
    let event = if node["event"].is_object() {
        &node["event"]
    } else {
        node
    };
    line(&format!("{}{}", "  ".repeat(depth), summary(event)))?;
    for child in node["children"].as_array().into_iter().flatten() {
        tree(child, depth + 1)?;
    }
    Ok(())
}
