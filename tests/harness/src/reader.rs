//! A reader of JetStream outside Pantheon, as `contract/nats.md` asks of one: it keeps its own last
//! position, checks `last + 1`, and survives that nats-server forgets everything.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use futures_util::StreamExt;
use pantheon_nats::topology::STREAM;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;

use crate::evidence::{Scope, Transcript};

/// A reader that hears nothing for so long asks anew: the stream may be another one by now.
const SILENCE: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(50);

/// A reader at work.
#[derive(Debug)]
pub struct BusReader {
    until: watch::Sender<i64>,
    running: JoinHandle<Result<Transcript>>,
}

impl BusReader {
    /// Reads everything from the beginning.
    #[must_use]
    pub fn start(client: async_nats::Client) -> Self {
        let (until, asked) = watch::channel(i64::MAX);
        Self {
            until,
            running: tokio::spawn(read(client, asked)),
        }
    }

    /// Waits until everything up to `position` was read, and gives what it has seen.
    ///
    /// # Errors
    /// A number was missing or came twice, or it did not get there in time.
    pub async fn up_to(mut self, position: i64, within: Duration) -> Result<Transcript> {
        self.until.send_replace(position);
        match timeout(within, &mut self.running).await {
            Ok(ended) => ended?,
            Err(_) => {
                self.running.abort();
                bail!("the reader of JetStream was not at {position} after {within:?}")
            }
        }
    }
}

async fn read(client: async_nats::Client, until: watch::Receiver<i64>) -> Result<Transcript> {
    let mut seen: Vec<(i64, Uuid)> = Vec::new();
    let at = |seen: &Vec<(i64, Uuid)>| seen.last().map_or(0, |(position, _)| *position);
    while at(&seen) < *until.borrow() {
        // Whatever goes wrong, it is asked again from the last position on; only what was given
        // must be right.
        match messages(&client, at(&seen)).await {
            Ok(mut messages) => {
                while at(&seen) < *until.borrow() {
                    let Ok(Some(Ok(message))) = timeout(SILENCE, messages.next()).await else {
                        break;
                    };
                    let number = message.info().map(|info| info.stream_sequence);
                    let number = number.map_err(|error| anyhow::anyhow!("{error}"))?;
                    let next = at(&seen) + 1;
                    let body: Value = serde_json::from_slice(&message.payload)?;
                    let position = body["position"].as_str();
                    let position = position.and_then(|text| text.parse::<i64>().ok());
                    ensure!(
                        i64::try_from(number)? == next && position == Some(next),
                        "message {number} came where {next} was due: {body}"
                    );
                    let id = body["id"].as_str().context("an event without its id")?;
                    seen.push((next, Uuid::parse_str(id)?));
                }
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
    Ok(Transcript {
        client: "a reader of JetStream".to_owned(),
        scope: Scope::All,
        after: 0,
        until: *until.borrow(),
        seen,
    })
}

async fn messages(
    client: &async_nats::Client,
    last: i64,
) -> Result<async_nats::jetstream::consumer::pull::Ordered> {
    let jet = async_nats::jetstream::new(client.clone());
    let stream = jet.get_stream(STREAM).await?;
    // A stream that is being filled again does not reach back to what was read already.
    let held = i64::try_from(stream.cached_info().state.last_sequence)?;
    ensure!(held > last, "it holds {held}");
    let config = OrderedConfig {
        deliver_policy: DeliverPolicy::ByStartSequence {
            start_sequence: u64::try_from(last + 1)?,
        },
        ..OrderedConfig::default()
    };
    Ok(stream.create_consumer(config).await?.messages().await?)
}
