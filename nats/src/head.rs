//! The hint that the log's head moved, between nodes.
//!
//! Shape: one task announces, one listens. Ordering, delivery: none promised; a reader's poll is
//! the floor. No payload is trusted: a hint only means "look now". On failure: nothing is lost but
//! a few milliseconds.

use std::time::Duration;

use async_nats::HeaderMap;
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::bus::{Bus, BusError};
use crate::subject::HEAD;

/// At most one hint in this time.
const COALESCE: Duration = Duration::from_millis(2);

/// Both sides of the hint, for one node: one of them (or its clones) announces and listens.
#[derive(Clone, Debug)]
pub struct HeadHint {
    bus: Bus,
    /// Lets this node's listener pass over its own hints. No secret: a forged one costs a poll.
    me: Bytes,
}

impl HeadHint {
    /// On this connection.
    #[must_use]
    pub fn new(bus: Bus) -> Self {
        let me = Bytes::from(Uuid::new_v4().to_string());
        Self { bus, me }
    }

    /// Announces every change of `moved` until `stop`; changes close together become one hint.
    pub async fn announce<T>(&self, mut moved: watch::Receiver<T>, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                changed = moved.changed() => if changed.is_err() { return },
            }
            moved.mark_unchanged();
            if self.bus.is_connected() {
                let hint = self.bus.publish(HEAD, HeaderMap::new(), self.me.clone());
                tokio::select! {
                    () = stop.cancelled() => return,
                    // Lost or not: it only saves the others a few milliseconds.
                    _ = hint => {}
                }
            }
            tokio::time::sleep(COALESCE).await;
        }
    }

    /// Calls `wake` for hints of other nodes until `stop`.
    pub async fn listen(&self, wake: impl Fn() + Send, stop: CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => return,
                ended = self.hear(&wake) => if let Err(error) = ended {
                    tracing::warn!(%error, "hints of other nodes are not heard; the poll goes on");
                },
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    async fn hear(&self, wake: &impl Fn()) -> Result<(), BusError> {
        let mut hints = self.bus.subscribe(HEAD, None).await?;
        while let Some(hint) = hints.next().await {
            if hint.payload != self.me {
                wake();
            }
        }
        Ok(())
    }
}
