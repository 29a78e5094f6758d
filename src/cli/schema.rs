//! `pantheon schema`: the events' JSON Schemas.

use clap::Subcommand;
use pantheon_events::Position;
use serde_json::json;

use super::client::Api;
use super::log::LogReader;
use super::progress::{Beside, Progress};
use super::{Exit, Failure, Global};
use crate::schemas;

/// So many misfits are shown; all are counted.
const SHOWN: usize = 100;

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
    /// Hold the schemas against the log; exit 6 when an event does not fit.
    Check {
        /// Only the newest so many events.
        #[arg(long)]
        last: Option<u32>,
    },
}

impl Schema {
    pub(super) async fn run(self, global: &Global) -> Result<(), Failure> {
        match self {
            Self::List => {
                let columns = ["event_type", "version", "aggregate"];
                Ok(global.output.page(&schemas::listed(), &columns)?)
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
                Ok(global.output.document(&(spec.schema)().to_value())?)
            }
            Self::Check { last } => check(global, last).await,
        }
    }
}

/// Reads events back and decodes each with the types that wrote it.
async fn check(global: &Global, last: Option<u32>) -> Result<(), Failure> {
    let api = Api::new(global)?;
    let mut log = LogReader::open(&api, Position::ZERO).await?;
    let head = log.head();
    let start = last.map_or(0, |last| (head.get() - i64::from(last)).max(0));
    log.seek(Position::new(start));
    let total = u64::try_from(head.get() - start).ok();
    let mut progress = Progress::new("events", total, Beside::Nothing);
    let (mut looked_at, mut misfits, mut unfit) = (0_u64, 0_u64, Vec::new());
    while log.last() < head {
        for event in log.next(head).await? {
            looked_at += 1;
            if let Err(error) = schemas::fits(&event) {
                misfits += 1;
                if unfit.len() < SHOWN {
                    unfit.push(json!({
                        "position": event["position"],
                        "type": event["type"],
                        "subject": event["subject"],
                        "error": error,
                    }));
                }
            }
        }
        progress.at(u64::try_from(log.last().get() - start).unwrap_or(0));
    }
    drop(progress);
    global.output.one(
        &json!({ "events": looked_at, "position": head, "misfits": misfits, "unfit": unfit }),
    )?;
    if misfits == 0 {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Verification,
        format!("{misfits} events do not fit their schema"),
    ))
}
