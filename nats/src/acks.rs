//! Pipelined publishing: many messages under way, their acknowledgements taken in order.

use std::sync::Arc;
use std::time::Duration;

use async_nats::header::{NATS_EXPECTED_LAST_SEQUENCE, NATS_EXPECTED_STREAM, NATS_MESSAGE_ID};
use async_nats::{Client, HeaderMap, StatusCode, Subscriber};
use futures_util::StreamExt;
use pantheon_events::{EventId, Position, RecordedEvent};
use serde::Deserialize;

use crate::bus::{BusError, refused};
use crate::mirror_error::MirrorError;
use crate::reconcile::Fork;
use crate::subject;
use crate::topology::STREAM;

const WRONG_LAST_SEQUENCE: u64 = 10_071;
pub(crate) const STREAM_NOT_FOUND: u64 = 10_059;

/// An inbox for acknowledgements. Each message under way has its own number in it.
pub(crate) struct Acks {
    inbox: String,
    subscriber: Subscriber,
    wait: Duration,
    sent: u64,
    taken: u64,
}

impl Acks {
    pub(crate) async fn open(client: &Client, wait: Duration) -> Result<Self, MirrorError> {
        let inbox = client.new_inbox();
        let subscribed = tokio::time::timeout(wait, client.subscribe(format!("{inbox}.*"))).await;
        let subscriber = subscribed
            .map_err(|_| MirrorError::Timeout(wait))?
            .map_err(refused)?;
        Ok(Self {
            inbox,
            subscriber,
            wait,
            sent: 0,
            taken: 0,
        })
    }

    fn under_way(&self) -> usize {
        usize::try_from(self.sent - self.taken).unwrap_or(usize::MAX)
    }

    async fn send(&mut self, client: &Client, event: &RecordedEvent) -> Result<(), MirrorError> {
        let subject = subject::of_event(event);
        let reply = format!("{}.{}", self.inbox, self.sent);
        let publish = client.publish_with_reply_and_headers(
            subject,
            reply,
            headers(event),
            event.cloud_event().clone(),
        );
        let sent = tokio::time::timeout(self.wait, publish).await;
        sent.map_err(|_| MirrorError::Timeout(self.wait))?
            .map_err(refused)?;
        self.sent += 1;
        Ok(())
    }

    /// Takes the next acknowledgement, which must be that of `event`.
    async fn take(&mut self, event: &RecordedEvent) -> Result<(), MirrorError> {
        let next = tokio::time::timeout(self.wait, self.subscriber.next()).await;
        let message = next.map_err(|_| MirrorError::Timeout(self.wait))?;
        let message = message.ok_or(MirrorError::Bus(BusError::Disconnected))?;
        let number = message
            .subject
            .rsplit('.')
            .next()
            .and_then(|n| n.parse::<u64>().ok());
        if number != Some(self.taken) {
            return Err(MirrorError::Refused(
                "an acknowledgement was lost".to_owned(),
            ));
        }
        self.taken += 1;
        if message.status == Some(StatusCode::NO_RESPONDERS) {
            return Err(MirrorError::Missing);
        }
        check(&message.payload, event)
    }
}

/// Publishes all events with at most `window` of them unacknowledged.
pub(crate) async fn pipeline(
    acks: &mut Acks,
    client: &Client,
    events: &[Arc<RecordedEvent>],
    window: usize,
) -> Result<Position, MirrorError> {
    let mut last = Position::ZERO;
    let mut waiting = events.iter();
    for event in events {
        while acks.under_way() >= window {
            last = take_next(acks, &mut waiting, last).await?;
        }
        acks.send(client, event).await?;
    }
    while acks.under_way() > 0 {
        last = take_next(acks, &mut waiting, last).await?;
    }
    Ok(last)
}

async fn take_next<'a>(
    acks: &mut Acks,
    waiting: &mut impl Iterator<Item = &'a Arc<RecordedEvent>>,
    last: Position,
) -> Result<Position, MirrorError> {
    let Some(event) = waiting.next() else {
        return Ok(last);
    };
    acks.take(event).await?;
    Ok(event.position)
}

fn headers(event: &RecordedEvent) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(NATS_MESSAGE_ID, event.event_id.to_string());
    headers.insert(NATS_EXPECTED_STREAM, STREAM);
    headers.insert(
        NATS_EXPECTED_LAST_SEQUENCE,
        (event.position.get() - 1).to_string(),
    );
    headers.insert("content-type", "application/cloudevents+json");
    headers
}

#[derive(Deserialize)]
struct Ack {
    #[serde(default)]
    seq: u64,
    error: Option<AckError>,
}

#[derive(Deserialize)]
struct AckError {
    #[serde(default)]
    err_code: u64,
    #[serde(default)]
    description: String,
}

fn check(payload: &[u8], event: &RecordedEvent) -> Result<(), MirrorError> {
    let ack: Ack = serde_json::from_slice(payload)
        .map_err(|e| MirrorError::Refused(format!("unreadable acknowledgement: {e}")))?;
    if let Some(error) = ack.error {
        return Err(classify(error, event));
    }
    if i64::try_from(ack.seq) == Ok(event.position.get()) {
        return Ok(());
    }
    // The same event id sits elsewhere in the stream: it is a copy of something else.
    let fork = Fork {
        position: Position::new(i64::try_from(ack.seq).unwrap_or(i64::MAX)),
        mirror: Some(event.event_id),
        log: None::<EventId>,
    };
    Err(fork.into())
}

fn classify(error: AckError, event: &RecordedEvent) -> MirrorError {
    match error.err_code {
        WRONG_LAST_SEQUENCE => MirrorError::WrongLastSequence {
            position: event.position,
            detail: error.description,
        },
        STREAM_NOT_FOUND => MirrorError::Missing,
        code => MirrorError::Refused(format!("{} (code {code})", error.description)),
    }
}
