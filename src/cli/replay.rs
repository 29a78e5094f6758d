//! `pantheon replay`: re-runs events into a target. Nothing that follows from an event happens
//! again: no process and no live client sees it.

mod filter;
mod target;

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use pantheon_events::Position;
use serde_json::{Value, json};

use self::filter::Filter;
use self::target::{Sink, Target};
use super::client::{Api, segment};
use super::log::{LogReader, head, place};
use super::output::Format;
use super::progress::{Beside, Progress};
use super::signals::interruptible;
use super::{Exit, Failure, Global, projections};

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
    /// Only these: `type=<event types>` (commas between them, a name may end in `*`) or
    /// `stream=<type>/<id>`.
    #[arg(long)]
    filter: Option<Filter>,
    /// stdout, file:<path>, subject:<prefix>, or projection:<name> (a scratch copy as it was then).
    #[arg(long, default_value = "stdout")]
    target: Target,
    /// How fast.
    #[arg(long, value_enum, default_value = "max")]
    speed: Speed,
}

impl Replay {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        let from = self.from.max(Position::new(1));
        if self.to.is_some_and(|to| to < from) {
            return Err(Failure::usage("--to is before --from"));
        }
        let api = Api::new(global)?;
        if let Target::Projection(name) = &self.target {
            return interruptible(self.fold(name, &api, global.output)).await;
        }
        let before = Position::new(from.get() - 1);
        let mut at = before;
        let ended = interruptible(self.copy(&api, before, &mut at)).await;
        let written = match ended {
            Ok(written) => written,
            Err(failure) => {
                eprintln!("last position: {at}");
                return Err(failure);
            }
        };
        let read = at.get() - before.get();
        if self.target == Target::Stdout {
            eprintln!("{read} events read, {written} written, last position {at}");
            return Ok(());
        }
        let report = json!({ "from": from, "position": at, "read": read, "written": written });
        Ok(global.output.one(&report)?)
    }

    /// Reads every event and writes those that are wanted; says how many were written. `at` is the
    /// last one that has been dealt with.
    async fn copy(&self, api: &Api, before: Position, at: &mut Position) -> Result<u64, Failure> {
        let mut log = LogReader::open(api, before).await?;
        reached(log.head(), before)?;
        let to = self.to.unwrap_or_else(|| log.head());
        reached(log.head(), to)?;
        let mut sink = self.target.open(api).await?;
        let total = u64::try_from(to.get() - before.get()).unwrap_or(0);
        let mut progress = Progress::new("events", Some(total), self.target.beside());
        let (mut read, mut written) = (0_u64, 0_u64);
        let mut previous = None;
        loop {
            let events = log.next(to).await?;
            for event in &events {
                written += self.write(event, &mut sink, &mut previous).await?;
                read += 1;
                *at = place(event)?;
                progress.at(u64::try_from(at.get() - before.get()).unwrap_or(0));
            }
            *at = log.last();
            if *at >= to {
                break;
            }
        }
        sink.close().await?;
        if log.is_whole() && read != total {
            let message = format!("{total} events were to be read, {read} were");
            return Err(Failure::new(Exit::Verification, message));
        }
        Ok(written)
    }

    async fn write(
        &self,
        event: &Value,
        sink: &mut Sink,
        previous: &mut Option<DateTime<Utc>>,
    ) -> Result<u64, Failure> {
        if self
            .filter
            .as_ref()
            .is_some_and(|filter| !filter.matches(event))
        {
            return Ok(0);
        }
        if self.speed == Speed::Real {
            pause(previous, event).await;
        }
        sink.write(event).await?;
        Ok(1)
    }

    /// The server folds the log; the rows stay in tables beside the live ones.
    async fn fold(&self, name: &str, api: &Api, format: Format) -> Result<(), Failure> {
        if self.from.get() > 1 || self.filter.is_some() || self.speed == Speed::Real {
            return Err(Failure::usage(
                "a projection is a fold of every event from the first: --from, --filter and \
                 --speed do not go with projection:<name>",
            ));
        }
        let head = head(api, false).await?;
        let to = self.to.unwrap_or(head);
        reached(head, to)?;
        let path = format!("/api/v1/projections/{}/replay", segment(name));
        let work = projections::Work {
            name,
            kind: "replay",
            path: &path,
            body: json!({ "to": to }),
        };
        let report = work.finished(api).await?;
        format.one(&report)?;
        let read = report["events"].as_i64().unwrap_or(-1);
        if read != to.get() {
            let message = format!("{to} events were to be read, {read} were");
            return Err(Failure::new(Exit::Verification, message));
        }
        let schema = report["schema"].as_str().unwrap_or_default();
        eprintln!("the rows as they were at {to} are in schema {schema} until the next replay");
        Ok(())
    }
}

fn reached(head: Position, to: Position) -> Result<(), Failure> {
    if to <= head {
        return Ok(());
    }
    let message = format!("the log ends at {head}, before {to}");
    Err(Failure::new(Exit::Behind, message))
}

/// Waits as long as it took then.
async fn pause(previous: &mut Option<DateTime<Utc>>, event: &Value) {
    let time = event["time"]
        .as_str()
        .and_then(|text| text.parse::<DateTime<Utc>>().ok());
    if let (Some(before), Some(now)) = (*previous, time) {
        tokio::time::sleep((now - before).to_std().unwrap_or(Duration::ZERO)).await;
    }
    *previous = time.or(*previous);
}

impl Target {
    fn beside(&self) -> Beside {
        match self {
            Self::Stdout => Beside::Stdout,
            _ => Beside::Nothing,
        }
    }
}
