//! The numbered mirror of the log in JetStream (G5).
//!
//! Shape: stream sequence = log position; the stream's last message is the only cursor.
//! Ordering: every publish names the position before it (`Nats-Expected-Last-Sequence`), so a
//! message can land at its own position or not at all, whoever else publishes. Delivery: pipelined,
//! at least once towards the server, exactly once in the stream. On failure: the call ends at the
//! first bad acknowledgement and its [`Reaction`] says what to do; nothing is remembered here that
//! a re-read of the last message would not tell. Every wait is bounded.

use std::sync::Arc;

use async_nats::jetstream;
use async_nats::jetstream::context::{
    CreateStreamError, CreateStreamErrorKind, GetStreamError, GetStreamErrorKind,
};
use async_nats::jetstream::stream::{Info, RawMessageErrorKind};
use pantheon_events::{EventId, Position, RecordedEvent};
use tokio::sync::Mutex;

use crate::acks::{self, Acks, STREAM_NOT_FOUND};
use crate::bus::Bus;
pub use crate::mirror_error::{MirrorError, Reaction};
use crate::reconcile::{Fork, Seen};
use crate::topology::{STREAM, Topology};

/// How many messages are under way without an acknowledgement.
const WINDOW: usize = 2_048;
const STREAM_EXISTS: u64 = 10_058;

/// The mirror. Cheap to clone; one publish at a time.
#[derive(Clone)]
pub struct Mirror {
    bus: Bus,
    context: jetstream::Context,
    topology: Topology,
    acks: Arc<Mutex<Option<Acks>>>,
}

impl Mirror {
    /// A mirror on this connection. Nothing is sent yet.
    #[must_use]
    pub fn new(bus: Bus, topology: Topology) -> Self {
        let mut context = jetstream::new(bus.client().clone());
        context.set_timeout(bus.options().request_timeout);
        Self {
            bus,
            context,
            topology,
            acks: Arc::default(),
        }
    }

    /// The connection that it is on.
    #[must_use]
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// How the stream is configured.
    #[must_use]
    pub fn topology(&self) -> &Topology {
        &self.topology
    }

    /// The last message's position and event, `None` when there is no message.
    pub async fn last(&self) -> Result<Option<(Position, EventId)>, MirrorError> {
        Ok(match self.seen().await? {
            Seen::Last {
                position,
                event: Some(event),
            } => Some((position, event)),
            Seen::Last {
                position,
                event: None,
            } => {
                return Err(Fork {
                    position,
                    mirror: None,
                    log: None,
                }
                .into());
            }
            Seen::Missing | Seen::Empty { .. } => None,
        })
    }

    /// What the stream holds, for [`reconcile`](crate::reconcile()).
    pub async fn seen(&self) -> Result<Seen, MirrorError> {
        match self.info().await? {
            None => Ok(Seen::Missing),
            Some(info) => self.seen_in(&info).await,
        }
    }

    /// Makes the stream if it is missing, its first message numbered `first`; an existing one gets
    /// the configured limits. Says what it holds.
    pub async fn ensure(&self, first: Position) -> Result<Seen, MirrorError> {
        let Some(info) = self.info().await? else {
            self.create(first).await?;
            return Ok(Seen::Empty {
                next: first.max(Position::new(1)),
            });
        };
        self.limit_as(&info).await?;
        self.seen_in(&info).await
    }

    /// Gives an existing stream the configured limits; true = they were other ones.
    pub async fn limit(&self) -> Result<bool, MirrorError> {
        match self.info().await? {
            Some(info) => self.limit_as(&info).await,
            None => Ok(false),
        }
    }

    async fn limit_as(&self, info: &Info) -> Result<bool, MirrorError> {
        let wanted = self.topology.apply(info.config.clone());
        let other = wanted != info.config;
        if other {
            self.bounded(self.context.update_stream(wanted)).await?;
            tracing::info!(stream = STREAM, "the stream has new limits");
        }
        Ok(other)
    }

    /// Makes the stream, for [`Step::Create`](crate::reconcile::Step::Create). One that somebody else
    /// has made meanwhile stays as it is.
    pub async fn create(&self, first: Position) -> Result<(), MirrorError> {
        self.bus.check()?;
        let made = self.context.create_stream(self.topology.stream(first));
        match self.asked(made).await? {
            Ok(_) => tracing::info!(stream = STREAM, %first, "the stream is made"),
            Err(error) => return Err(not_made(&error)),
        }
        Ok(())
    }

    /// Deletes the stream, with the durable consumers of others: for `bus rebuild`. The relay makes
    /// it anew from where it has to begin.
    pub async fn delete(&self) -> Result<(), MirrorError> {
        self.bus.check()?;
        match self.asked(self.context.delete_stream(STREAM)).await? {
            Ok(_) => tracing::warn!(stream = STREAM, "the stream is deleted"),
            Err(error) if is_missing(&error) => {}
            Err(error) => return Err(MirrorError::Refused(error.to_string())),
        }
        Ok(())
    }

    /// Makes a stream anew that has lost all its messages, for
    /// [`Step::Recreate`](crate::reconcile::Step::Recreate). What was seen may be old: a stream that
    /// holds messages now is left alone.
    pub async fn recreate(&self, first: Position) -> Result<(), MirrorError> {
        if let Some(info) = self.info().await? {
            if info.state.messages > 0 {
                return Err(MirrorError::Exists);
            }
            self.delete().await?;
        }
        self.create(first).await
    }

    /// Stores events whose positions follow each other and the stream's last message. Returns the
    /// last position stored. An error may leave a prefix stored: read [`Mirror::seen`] again.
    pub async fn publish(&self, events: &[Arc<RecordedEvent>]) -> Result<Position, MirrorError> {
        self.bus.check()?;
        let mut slot = self.acks.lock().await;
        let wait = self.bus.options().request_timeout;
        let mut acks = match slot.take() {
            Some(acks) => acks,
            None => Acks::open(self.bus.client(), wait).await?,
        };
        let last = acks::pipeline(&mut acks, self.bus.client(), events, WINDOW).await?;
        // Only a connection without a doubt is used again; a late acknowledgement of a failed call
        // goes to an inbox that nobody reads.
        *slot = Some(acks);
        Ok(last)
    }

    async fn info(&self) -> Result<Option<Info>, MirrorError> {
        self.bus.check()?;
        let wait = self.bus.options().request_timeout;
        match tokio::time::timeout(wait, self.context.get_stream(STREAM)).await {
            Err(_) => Err(MirrorError::Timeout(wait)),
            Ok(Ok(stream)) => Ok(Some(stream.cached_info().clone())),
            Ok(Err(error)) if is_missing(&error) => Ok(None),
            Ok(Err(error)) => Err(MirrorError::Refused(error.to_string())),
        }
    }

    async fn seen_in(&self, info: &Info) -> Result<Seen, MirrorError> {
        let last = info.state.last_sequence;
        if info.state.messages == 0 {
            return Ok(Seen::Empty {
                next: position(last.max(first_of(info).saturating_sub(1)) + 1)?,
            });
        }
        let stream = self
            .bounded(self.context.get_stream_no_info(STREAM))
            .await?;
        match self.asked(stream.get_raw_message(last)).await? {
            Ok(message) => {
                let id = message.headers.get(async_nats::header::NATS_MESSAGE_ID);
                let event = id.and_then(|id| id.as_str().parse().ok());
                Ok(Seen::Last {
                    position: position(last)?,
                    event,
                })
            }
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => {
                self.without_its_last(last).await
            }
            Err(error) => Err(MirrorError::Refused(error.to_string())),
        }
    }

    /// The stream counts a last message and does not give it: it was dropped between the two
    /// questions, or its block is lost.
    async fn without_its_last(&self, last: u64) -> Result<Seen, MirrorError> {
        match self.info().await? {
            None => Ok(Seen::Missing),
            Some(now) if now.state.last_sequence == last && now.state.messages > 0 => {
                Ok(Seen::Last {
                    position: position(last)?,
                    event: None,
                })
            }
            Some(_) => Err(MirrorError::Moving),
        }
    }

    /// A question to JetStream, waited for so long.
    async fn asked<T>(&self, work: impl IntoFuture<Output = T>) -> Result<T, MirrorError> {
        let wait = self.bus.options().request_timeout;
        let answer = tokio::time::timeout(wait, work.into_future()).await;
        answer.map_err(|_| MirrorError::Timeout(wait))
    }

    async fn bounded<T, E: std::fmt::Display>(
        &self,
        work: impl IntoFuture<Output = Result<T, E>>,
    ) -> Result<T, MirrorError> {
        let done = self.asked(work).await?;
        done.map_err(|error| MirrorError::Refused(error.to_string()))
    }
}

/// Other errors of the kind "404" are no word about the stream.
fn is_missing(error: &GetStreamError) -> bool {
    matches!(error.kind(), GetStreamErrorKind::JetStream(e) if e.error_code().0 == STREAM_NOT_FOUND)
}

fn not_made(error: &CreateStreamError) -> MirrorError {
    match error.kind() {
        CreateStreamErrorKind::JetStream(e) if e.error_code().0 == STREAM_EXISTS => {
            MirrorError::Exists
        }
        _ => MirrorError::Refused(error.to_string()),
    }
}

fn first_of(info: &Info) -> u64 {
    info.state
        .first_sequence
        .max(info.config.first_sequence.unwrap_or(1))
}

fn position(sequence: u64) -> Result<Position, MirrorError> {
    i64::try_from(sequence)
        .map(Position::new)
        .map_err(|_| MirrorError::Refused(format!("stream sequence {sequence} is not a position")))
}
