//! The numbered mirror of the log in JetStream (G5).
//!
//! Shape: stream sequence = log position; the stream's last message is the only cursor.
//! Ordering: every publish names the position before it (`Nats-Expected-Last-Sequence`), so a
//! message can land at its own position or not at all, whoever else publishes. Delivery: pipelined,
//! at least once towards the server, exactly once in the stream. On failure: the call ends at the
//! first bad acknowledgement and its [`Reaction`] says what to do; nothing is remembered here that
//! a re-read of the last message would not tell. Every wait is bounded.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::{self, context::GetStreamErrorKind, stream::Info};
use pantheon_events::{EventId, Position, RecordedEvent};
use tokio::sync::Mutex;

use crate::acks::{self, Acks};
use crate::bus::{Bus, BusError};
use crate::reconcile::{Fork, Seen};
use crate::topology::{STREAM, Topology};

/// How many messages are under way without an acknowledgement.
const WINDOW: usize = 2_048;
const NO_MESSAGE: u64 = 10_037;

/// Why a call on the mirror did not do its work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MirrorError {
    /// The bus cannot be used now.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// No answer in time: the message may be stored or not.
    #[error("JetStream gave no answer within {0:?}; whether it stored the message is unknown")]
    Timeout(Duration),
    /// Another relay was first, or the stream lost its tail.
    #[error("the stream does not end before position {position} ({detail})")]
    WrongLastSequence {
        /// The position that was to be stored.
        position: Position,
        /// The server's words.
        detail: String,
    },
    /// The stream is gone.
    #[error("the stream PANTHEON_EVENTS is missing")]
    Missing,
    /// The stream holds something else than the log.
    #[error(transparent)]
    Fork(#[from] Fork),
    /// The server will not: disk full, a limit, missing rights.
    #[error("JetStream refused: {0}")]
    Refused(String),
}

/// What to do after a [`MirrorError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Ask [`Mirror::seen`] again at once and go on from there.
    Reread,
    /// The same after a pause.
    Wait,
    /// Raise the alarm and stop until `bus rebuild`.
    Stop,
}

impl MirrorError {
    /// What others may read of it. The words of the server and of its client belong into the
    /// process log.
    #[must_use]
    pub fn outside_words(&self) -> String {
        match self {
            Self::Refused(_) | Self::Bus(BusError::Refused(_)) => {
                "JetStream refused (disk full, a limit, a missing right); see the process log"
                    .to_owned()
            }
            Self::WrongLastSequence { position, .. } => {
                format!("the stream does not end before position {position}")
            }
            other => other.to_string(),
        }
    }

    /// What to do after this error.
    #[must_use]
    pub fn reaction(&self) -> Reaction {
        match self {
            Self::WrongLastSequence { .. } | Self::Missing | Self::Timeout(_) => Reaction::Reread,
            Self::Bus(_) | Self::Refused(_) => Reaction::Wait,
            Self::Fork(_) => Reaction::Stop,
        }
    }
}

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
        let wanted = self.topology.apply(info.config.clone());
        if wanted != info.config {
            self.bounded(self.context.update_stream(wanted)).await?;
        }
        self.seen_in(&info).await
    }

    /// Deletes the stream and makes it anew: for `bus rebuild`, and for
    /// [`Step::Recreate`](crate::reconcile::Step::Recreate). Durable consumers of others are deleted with it.
    pub async fn recreate(&self, first: Position) -> Result<(), MirrorError> {
        if self.info().await?.is_some() {
            tracing::warn!(stream = STREAM, %first, "the stream is deleted and made anew");
            self.bounded(self.context.delete_stream(STREAM)).await?;
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
            Ok(Err(error)) => match error.kind() {
                GetStreamErrorKind::JetStream(e) if e.code() == 404 => Ok(None),
                _ => Err(MirrorError::Refused(error.to_string())),
            },
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
        match self.bounded(stream.get_raw_message(last)).await {
            Ok(message) => {
                let id = message.headers.get(async_nats::header::NATS_MESSAGE_ID);
                let event = id.and_then(|id| id.as_str().parse().ok());
                Ok(Seen::Last {
                    position: position(last)?,
                    event,
                })
            }
            Err(MirrorError::Refused(why)) if why.contains(&NO_MESSAGE.to_string()) => {
                Err(MirrorError::Timeout(self.bus.options().request_timeout))
            }
            Err(error) => Err(error),
        }
    }

    async fn create(&self, first: Position) -> Result<(), MirrorError> {
        self.bus.check()?;
        self.bounded(self.context.create_stream(self.topology.stream(first)))
            .await?;
        tracing::info!(stream = STREAM, %first, "the stream is made");
        Ok(())
    }

    async fn bounded<T, E: std::fmt::Display>(
        &self,
        work: impl IntoFuture<Output = Result<T, E>>,
    ) -> Result<T, MirrorError> {
        let wait = self.bus.options().request_timeout;
        match tokio::time::timeout(wait, work.into_future()).await {
            Ok(done) => done.map_err(|e| MirrorError::Refused(e.to_string())),
            Err(_) => Err(MirrorError::Timeout(wait)),
        }
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
