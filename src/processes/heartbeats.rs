//! Heartbeats, recorded as the node's setting says.
//!
//! Shape: every door hands heartbeats here; those that leave no event are noted for liveness by one
//! task, which writes what gathered with one statement.
//! Ordering: per agent the latest counts, whatever order notes arrive in.
//! Delivery: a note may be lost with the node; the next heartbeat brings another one.
//! On failure: what gathered is kept and written with the next notes; nobody waits for it.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use pantheon_events::CommandContext;
use pantheon_events::agents::{HeartbeatRecording, RecordHeartbeat};
use pantheon_events::command::read_json;
use pantheon_projections::Reads;
use pantheon_projections::agents::note_heard;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::domain::agents::Agent;
use crate::store::{DispatchError, Dispatcher, Receipt};

/// Notes that may wait to be taken up; more than that means the database is away, and the next
/// heartbeats bring new ones.
const QUEUE: usize = 10_000;
const GATHER: Duration = Duration::from_millis(250);

type Note = (String, DateTime<Utc>);

/// The way of heartbeats. Cheap to clone.
#[derive(Clone)]
pub struct Heartbeats {
    agents: Dispatcher<Agent>,
    recording: HeartbeatRecording,
    clock: Clock,
    notes: mpsc::Sender<Note>,
}

impl Heartbeats {
    /// The way of heartbeats, and the task that writes notes until `stop`; the caller runs it.
    pub fn start(
        agents: Dispatcher<Agent>,
        recording: HeartbeatRecording,
        clock: Clock,
        reads: Reads,
        stop: CancellationToken,
    ) -> (Self, impl Future<Output = ()> + Send + use<>) {
        let (notes, inbox) = mpsc::channel(QUEUE);
        let task = write(inbox, reads, stop);
        let heartbeats = Self {
            agents,
            recording,
            clock,
            notes,
        };
        (heartbeats, task)
    }

    /// A command of the generic doors, when it is a heartbeat: those go the same way as all others.
    ///
    /// # Errors
    /// The data are no heartbeat, or the rule says no.
    pub async fn take(
        &self,
        (aggregate, command): (&str, &str),
        agent: &str,
        data: &[u8],
        by: &CommandContext,
    ) -> Option<Result<Receipt, DispatchError>> {
        if (aggregate, command) != ("agent", "record_heartbeat") {
            return None;
        }
        Some(match read_json(data) {
            Ok(heartbeat) => self.record(agent, heartbeat, by.clone()).await,
            Err(invalid) => Err(invalid.into()),
        })
    }

    /// Records a heartbeat, or notes it where it changes nothing and the setting says so.
    pub async fn record(
        &self,
        agent: &str,
        mut heartbeat: RecordHeartbeat,
        by: CommandContext,
    ) -> Result<Receipt, DispatchError> {
        heartbeat.recording = self.recording;
        let heard = self.clock.now();
        let receipt = self.agents.dispatch(agent, heartbeat, by).await?;
        if self.recording != HeartbeatRecording::All
            && self.notes.try_send((agent.to_owned(), heard)).is_err()
        {
            metrics::counter!("pantheon_liveness_dropped_total").increment(1);
        }
        Ok(receipt)
    }
}

async fn write(mut inbox: mpsc::Receiver<Note>, reads: Reads, stop: CancellationToken) {
    let mut latest: HashMap<String, DateTime<Utc>> = HashMap::new();
    let mut taken = Vec::new();
    loop {
        tokio::select! {
            biased;
            _ = inbox.recv_many(&mut taken, QUEUE) => {}
            () = stop.cancelled() => break,
        }
        if taken.is_empty() {
            break;
        }
        for (agent, heard) in taken.drain(..) {
            let known = latest.entry(agent).or_insert(heard);
            *known = heard.max(*known);
        }
        flush(&mut latest, &reads).await;
        // What arrives meanwhile shares the next statement.
        tokio::select! {
            () = tokio::time::sleep(GATHER) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn flush(latest: &mut HashMap<String, DateTime<Utc>>, reads: &Reads) {
    let (agents, times): (Vec<_>, Vec<_>) = latest.iter().map(|(a, t)| (a.clone(), *t)).unzip();
    match note_heard(reads.pool(), &agents, &times).await {
        Ok(()) => latest.clear(),
        Err(error) => tracing::warn!(%error, "liveness could not be noted; kept for later"),
    }
}
