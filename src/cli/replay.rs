//! `pantheon replay`: re-runs events into a target. Nothing that follows from an event happens
//! again: no process and no live client sees it.

mod target;

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use pantheon_events::Position;
use serde_json::{Value, json};

use self::target::Target;
use super::client::Api;
use super::{Exit, Failure, Global};

/// How fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Speed {
    /// As fast as the target takes them.
    Max,
    /// With the pauses of the time when they happened.
    #[value(name = "1x")]
    Real,
}

/// Re-runs events into a target.
#[derive(Debug, Args)]
pub struct Replay {
    /// The first position.
    #[arg(long, default_value = "1")]
    from: Position,
    /// The last position; the log's head when left out.
    #[arg(long)]
    to: Option<Position>,
    /// Only these: `type=<event type>` or `stream=<type>/<id>`.
    #[arg(long)]
    filter: Option<String>,
    /// stdout, file:<path>, subject:<prefix>, or projection:<name>.
    #[arg(long, default_value = "stdout")]
    target: Target,
    /// How fast.
    #[arg(long, value_enum, default_value = "max")]
    speed: Speed,
    /// Where NATS is, for a subject.
    #[arg(long, env = "NATS_URL")]
    nats: Option<String>,
}

impl Replay {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let api = Api::new(global)?;
        if let Target::Projection(name) = &self.target {
            let path = format!("/api/v1/projections/{name}/verify");
            let answer = api.post(&path, &json!({})).await?;
            return Ok(global.output.one(&answer)?);
        }
        let filter = self.filter.as_deref().map(Filter::read).transpose()?;
        let mut sink = self.target.open(self.nats.as_deref()).await?;
        let mut last = Position::new(self.from.get() - 1);
        let mut previous: Option<DateTime<Utc>> = None;
        let (mut read, mut written) = (0_u64, 0_u64);
        let to = match self.to {
            Some(to) => to,
            None => head(&api).await?,
        };
        while last < to {
            let query = [("after", last.to_string()), ("limit", "1000".to_owned())];
            let page = api.get("/api/v1/events", &query).await?;
            let items = page["items"].as_array().map_or(&[][..], Vec::as_slice);
            if items.is_empty() {
                return Err(Failure::new(
                    Exit::Behind,
                    format!("the log ends at {last}"),
                ));
            }
            for event in items {
                let position = position(event)?;
                if position != last.next() {
                    let message = format!("position {} is missing: found {position}", last.next());
                    return Err(Failure::new(Exit::Verification, message));
                }
                if position > to {
                    break;
                }
                last = position;
                read += 1;
                if filter.as_ref().is_none_or(|filter| filter.matches(event)) {
                    if self.speed == Speed::Real {
                        wait(&mut previous, event).await;
                    }
                    sink.write(event).await?;
                    written += 1;
                }
            }
        }
        sink.close().await?;
        let expected = u64::try_from(to.get() - self.from.get() + 1).unwrap_or(0);
        eprintln!("{read} events read, {written} written, last position {last}");
        if read != expected {
            let message = format!("{expected} events were to be read, {read} were");
            return Err(Failure::new(Exit::Verification, message));
        }
        Ok(())
    }
}

enum Filter {
    Type(String),
    Stream(String, String),
}

impl Filter {
    fn read(text: &str) -> Result<Self, Failure> {
        let wrong = || Failure::usage("--filter is type=<event type> or stream=<type>/<id>");
        match text.split_once('=').ok_or_else(wrong)? {
            ("type", kind) => Ok(Self::Type(format!(".{kind}"))),
            ("stream", stream) => {
                let (kind, id) = stream.split_once('/').ok_or_else(wrong)?;
                Ok(Self::Stream(format!("pantheon.{kind}."), id.to_owned()))
            }
            _ => Err(wrong()),
        }
    }

    fn matches(&self, event: &Value) -> bool {
        let kind = event["type"].as_str().unwrap_or_default();
        match self {
            Self::Type(end) => kind.ends_with(end),
            Self::Stream(start, id) => kind.starts_with(start) && event["subject"] == id.as_str(),
        }
    }
}

async fn head(api: &Api) -> Result<Position, Failure> {
    let answer = api
        .get("/api/v1/events", &[("after", i64::MAX.to_string())])
        .await?;
    Ok(answer["position"]
        .as_str()
        .and_then(|p| p.parse().ok())
        .unwrap_or(Position::ZERO))
}

fn position(event: &Value) -> Result<Position, Failure> {
    event["position"]
        .as_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Failure::failed("the server sent an event without a position"))
}

async fn wait(previous: &mut Option<DateTime<Utc>>, event: &Value) {
    let time = event["time"]
        .as_str()
        .and_then(|text| text.parse::<DateTime<Utc>>().ok());
    if let (Some(before), Some(now)) = (*previous, time) {
        tokio::time::sleep((now - before).to_std().unwrap_or(Duration::ZERO)).await;
    }
    *previous = time.or(*previous);
}
