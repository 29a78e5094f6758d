//! An agent on the bus that keeps some heartbeats under way.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use async_nats::{Client, HeaderMap, Message, Subscriber};
use futures_util::StreamExt;
use hdrhistogram::Histogram;
use memchr::memmem;
use pantheon_events::CommandId;
use pantheon_events::agents::RecordHeartbeat;
use pantheon_nats::AgentCredentials;
use serde::Serialize;
use tokio::task::JoinSet;

use crate::load::{Load, histogram};
use crate::workload;

const PATIENCE: Duration = Duration::from_secs(10);

/// One agent's connection.
pub struct Speaker {
    client: Client,
    answers: Subscriber,
    subject: String,
    inbox: String,
    sent: u64,
}

#[derive(Serialize)]
struct Body {
    data: RecordHeartbeat,
}

impl Speaker {
    pub async fn connect(url: &str, credentials: &AgentCredentials) -> Result<Self> {
        let client = credentials.connect(url).await?;
        let inbox = format!("{}.bench", credentials.inbox_prefix);
        let answers = client.subscribe(format!("{inbox}.*")).await?;
        Ok(Self {
            client,
            answers,
            subject: format!("pantheon.agent.{}.heartbeat", credentials.agent),
            inbox,
            sent: 0,
        })
    }

    /// Keeps `depth` heartbeats under way until `end`, then takes what is left.
    async fn speak(mut self, depth: usize, end: Instant) -> Result<(Self, Histogram<u64>)> {
        let mut under_way = HashMap::with_capacity(depth);
        let mut latency = histogram()?;
        for _ in 0..depth {
            self.send(&mut under_way).await?;
        }
        while !under_way.is_empty() {
            let answer = tokio::time::timeout(PATIENCE, self.answers.next())
                .await
                .context("a heartbeat was not answered")?
                .context("the connection is gone")?;
            latency.record(taken(&answer, &mut under_way)?)?;
            if Instant::now() < end {
                self.send(&mut under_way).await?;
            }
        }
        Ok((self, latency))
    }

    async fn send(&mut self, under_way: &mut HashMap<u64, Instant>) -> Result<()> {
        let n = self.sent;
        self.sent += 1;
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Msg-Id", CommandId::generate().to_string());
        let data = workload::heartbeat(n);
        let body = serde_json::to_vec(&Body { data })?;
        let reply = format!("{}.{n}", self.inbox);
        under_way.insert(n, Instant::now());
        let subject = self.subject.clone();
        self.client
            .publish_with_reply_and_headers(subject, reply, headers, body.into())
            .await?;
        Ok(())
    }
}

/// How long the heartbeat of this answer took, in microseconds.
fn taken(answer: &Message, under_way: &mut HashMap<u64, Instant>) -> Result<u64> {
    ensure!(
        memmem::find(&answer.payload, br#""verdict":"accepted""#).is_some(),
        "a heartbeat was not accepted: {}",
        String::from_utf8_lossy(&answer.payload)
    );
    let number = answer.subject.rsplit('.').next().unwrap_or_default();
    let sent = under_way
        .remove(&number.parse()?)
        .context("an answer to nothing")?;
    Ok(u64::try_from(sent.elapsed().as_micros())?)
}

/// Lets all agents speak for this long.
pub async fn drive(
    speakers: Vec<Speaker>,
    depth: usize,
    time: Duration,
) -> Result<(Vec<Speaker>, Load)> {
    let started = Instant::now();
    let mut running = JoinSet::new();
    for speaker in speakers {
        running.spawn(speaker.speak(depth, started + time));
    }
    let (mut back, mut latency) = (Vec::new(), histogram()?);
    while let Some(done) = running.join_next().await {
        let (speaker, its) = done.context("an agent broke off")??;
        back.push(speaker);
        latency.add(its)?;
    }
    let rate = latency.len() as f64 / started.elapsed().as_secs_f64();
    Ok((back, Load { rate, latency }))
}
