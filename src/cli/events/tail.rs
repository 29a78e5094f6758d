//! `pantheon events tail`: what is there, and with `--follow` what comes, over lost connections.

use std::time::Duration;

use clap::Args;
use pantheon_events::Position;
use serde_json::Value;
use tokio::time::sleep;

use super::{Which, summary};
use crate::cli::client::{Api, ApiError};
use crate::cli::log::{head, place};
use crate::cli::output::{Format, items, line};
use crate::cli::signals::interruptible;
use crate::cli::{Exit, Failure};

const PAGE: u16 = 1_000;
/// How long the server may wait for something new, at most: its own bound.
const WAIT: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Which events, and whether to stay.
#[derive(Debug, Args)]
pub struct Tail {
    /// Start after this position; the log's head when left out.
    #[arg(long)]
    after: Option<Position>,
    /// Stay and print what comes, also over lost connections.
    #[arg(long, short)]
    follow: bool,
    #[command(flatten)]
    which: Which,
}

impl Tail {
    /// Prints until the end (or for ever with `--follow`); the last position goes to stderr.
    pub async fn run(self, api: &Api, format: Format) -> Result<(), Failure> {
        let mut after = self.after;
        let ended = interruptible(self.print(api, format, &mut after)).await;
        if let Some(after) = after {
            eprintln!("last position: {after}");
        }
        ended
    }

    async fn print(
        &self,
        api: &Api,
        format: Format,
        after: &mut Option<Position>,
    ) -> Result<(), Failure> {
        let mut pause = FIRST_PAUSE;
        loop {
            let asked = match after {
                Some(after) => self.page(api, *after).await.map(Some),
                None => head(api, false).await.map(|head| {
                    *after = Some(head);
                    None
                }),
            };
            match asked {
                Ok(page) => {
                    pause = FIRST_PAUSE;
                    let more = match page {
                        Some(page) if !self.follow => {
                            self.is_there(place(&page)?)?;
                            take(&page, after, format)?
                        }
                        Some(page) => take(&page, after, format)?,
                        None => true,
                    };
                    if !self.follow && !more {
                        return Ok(());
                    }
                }
                Err(error) if self.follow && error.passes() => {
                    eprintln!("{error} Trying again.");
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Whoever does not stay cannot wait for what is beyond the log's end.
    fn is_there(&self, end: Position) -> Result<(), Failure> {
        match self.after.filter(|after| *after > end) {
            Some(after) => Err(Failure::new(
                Exit::Behind,
                format!("the log ends at {end}, before {after}; --follow waits for what comes"),
            )),
            None => Ok(()),
        }
    }

    async fn page(&self, api: &Api, after: Position) -> Result<Value, ApiError> {
        let mut query = vec![("after", after.to_string()), ("limit", PAGE.to_string())];
        if self.follow {
            let wait = WAIT.min(api.patience() / 2);
            query.push(("wait", wait.as_secs_f64().to_string()));
        }
        query.extend(self.which.query());
        api.get("/api/v1/events", &query).await
    }
}

/// Prints a page and moves behind it; says whether there are more.
fn take(page: &Value, after: &mut Option<Position>, format: Format) -> Result<bool, Failure> {
    for event in items(page) {
        print(event, format)?;
        *after = Some(place(event)?);
    }
    // The log may end before the place that was asked for: what comes up to there is not wanted.
    *after = (*after).max(Some(place(page)?));
    Ok(page["next_cursor"].is_string())
}

/// A stream of events has one document a line in both forms of JSON.
fn print(event: &Value, format: Format) -> std::io::Result<()> {
    match format {
        Format::Table => line(&summary(event)),
        Format::Json | Format::Ndjson => line(&event.to_string()),
    }
}
