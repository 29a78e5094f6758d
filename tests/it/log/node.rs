//! A node's log and writer, and commands to send.

use anyhow::Result;
use pantheon_events::{Actor, CommandId, EventId, Metadata, Position, Refusal, Sequence, TenantId};
use pantheon_log::{
    Append, AppendError, Log, LogOptions, NewEvent, Outcome, Recorded, Verdict, Writer,
    WriterOptions,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

/// What a node has of the log, running.
pub struct Node {
    pub log: Log,
    pub writer: Writer,
    pub stop: CancellationToken,
    _stop: DropGuard,
}

impl Node {
    pub async fn start(connect: PgConnectOptions) -> Result<Self> {
        Self::with(connect.clone(), connect, WriterOptions::default()).await
    }

    /// Reads here, writes there (through a proxy, say).
    pub async fn with(
        read: PgConnectOptions,
        write: PgConnectOptions,
        options: WriterOptions,
    ) -> Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(4)
            .connect_with(read)
            .await?;
        let log = Log::open(pool, LogOptions::default()).await?;
        let stop = CancellationToken::new();
        log.start(stop.clone());
        let (writer, _) = Writer::start(write, &log, options, stop.clone());
        Ok(Self {
            log,
            writer,
            _stop: stop.clone().drop_guard(),
            stop,
        })
    }

    /// Appends with the sequence that the log says it wants, until it is recorded.
    pub async fn insist(&self, mut append: Append) -> Result<Recorded> {
        loop {
            match self.writer.append(append.clone()).await {
                Ok(Verdict::Recorded(recorded) | Verdict::Duplicate(recorded)) => {
                    return Ok(recorded);
                }
                Ok(Verdict::Conflict { actual }) => append.expected = actual,
                Ok(Verdict::Mismatch) => anyhow::bail!("mismatch"),
                Err(AppendError::Unavailable | AppendError::Overloaded { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Waits until this node has read up to `position`.
    pub async fn reached(&self, position: Position) -> Result<()> {
        self.log
            .watch_head()
            .wait_for(|head| *head >= position)
            .await?;
        Ok(())
    }

    /// Every event of the log, in pieces; the reader proves that they are contiguous.
    pub async fn everything(&self) -> Result<Vec<std::sync::Arc<pantheon_events::RecordedEvent>>> {
        self.reached(self.log.database_head().await?).await?;
        let mut all = Vec::new();
        let mut after = Position::ZERO;
        loop {
            let batch = self.log.read(after, 1_000).await?;
            let Some(last) = batch.last() else {
                return Ok(all);
            };
            after = last;
            all.extend(batch.events);
        }
    }
}

/// A command with one event.
pub fn one(stream: &str, expected: i64) -> Append {
    with_payload(stream, expected, r#"{"cpu": 0.5}"#)
}

/// A command with one event of this payload.
pub fn with_payload(stream: &str, expected: i64, payload: &str) -> Append {
    decided(stream, expected, Outcome::Accepted(vec![event(payload)]))
}

/// A command that a rule refused.
pub fn refused(stream: &str, expected: i64) -> Append {
    decided(
        stream,
        expected,
        Outcome::Rejected(Refusal::rule("full", "The probe is full.")),
    )
}

/// A command with any outcome.
pub fn decided(stream: &str, expected: i64, outcome: Outcome) -> Append {
    let metadata = Metadata {
        tenant: TenantId::default_organization(),
        actor: Actor::system("test"),
        correlation_id: Uuid::now_v7(),
        causation_id: None,
        request_id: None,
        traceparent: None,
    };
    Append {
        command_id: CommandId::generate(),
        fingerprint: [1; 32],
        aggregate_type: "probe",
        aggregate_id: stream.to_owned(),
        expected: Sequence::new(expected),
        base: None,
        metadata: serde_json::to_string(&metadata).expect("plain fields serialise"),
        outcome,
    }
}

/// An event of this payload.
pub fn event(payload: &str) -> NewEvent {
    NewEvent {
        event_id: EventId::generate(),
        event_type: "probed",
        event_version: "1.0",
        payload: payload.to_owned(),
    }
}

/// The id of a command's first event.
pub fn event_id(append: &Append) -> EventId {
    match &append.outcome {
        Outcome::Accepted(events) => events[0].event_id,
        Outcome::Rejected(_) => panic!("a refused command has no events"),
    }
}
