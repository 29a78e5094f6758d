//! The writer task.
//!
//! * **Shape**: one task, one connection of its own. It takes whatever waits in the queue, sends it
//!   as one statement, and the next batch gathers while it waits. No artificial delay.
//! * **Ordering**: queue order is commit order. A batch is settled before the next one is sent.
//!   What it has committed it hands to the tail, so that nobody here reads it back.
//! * **Delivery**: a lost connection leaves the outcome unknown; the same batch is sent again, and
//!   the command ids turn what had committed into duplicates. A caller is answered after the commit,
//!   or with `Unavailable` when its patience is over; the batch is settled all the same.
//!   An idle writer appends nothing once a second, so that a log that cannot be written to is noticed
//!   without a command.
//! * **On failure**: backoff 50 ms → 1 s for ever; data that the server refuses are searched by
//!   halving, and only their caller gets the refusal; a newer epoch ends the writer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pantheon_events::Epoch;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, PgConnection};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::writer::batch::{Batch, Callers, Room};
use crate::writer::call::{self, Failure};
use crate::writer::queue::Queue;
use crate::writer::strain::Strain;
use crate::writer::verdict::Settled;
use crate::{Append, AppendError, Log, WriterOptions};

const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// A call that takes longer has lost its connection: the server gives up after 5 s by itself.
const CALL: Duration = Duration::from_secs(7);
const CONNECT: Duration = Duration::from_secs(5);
/// How often waiting callers are looked after during a call.
const TICK: Duration = Duration::from_millis(50);
/// Without a command for so long, the writer looks whether it could write.
const IDLE: Duration = Duration::from_secs(1);

const LOST: &str = "Postgres is away, full, or no primary; see the process log";
const BUSY: &str = "Postgres is held up by a lock or a timeout; see the process log";
const REFUSED: &str = "Postgres refuses to append; see the process log";

#[derive(Debug)]
pub struct Task {
    pub queue: Arc<Queue>,
    pub strain: Arc<Strain>,
    pub line: Line,
    pub log: Log,
    pub options: WriterOptions,
    pub stop: CancellationToken,
}

/// The writer's own connection, made anew when it is lost.
#[derive(Debug)]
pub struct Line {
    pub connect: PgConnectOptions,
    pub connection: Option<PgConnection>,
    pub epoch: Epoch,
}

impl Task {
    pub async fn run(mut self) {
        loop {
            let mut room = Room::new(&self.options);
            match timeout(IDLE, self.queue.take(|next| room.take(next))).await {
                Ok(taken) if taken.is_empty() => break,
                Ok(taken) => self.settle(Batch::new(taken)).await,
                Err(_) => self.settle(Batch::new(Vec::new())).await,
            }
        }
        tracing::info!("writer stopped");
    }

    /// Commits a batch, in parts if the server refuses it as a whole.
    async fn settle(&mut self, batch: Batch) {
        let mut parts = vec![batch];
        while let Some(mut part) = parts.pop() {
            self.strain.begin();
            let done = self.insist(&mut part).await;
            if !matches!(done, Err(Some(Failure::Refused(_)))) || !part.is_empty() {
                self.strain.end();
            }
            match done {
                Ok(settled) => {
                    self.log.hand_over(part.answer(settled));
                    self.log.wake();
                }
                Err(Some(Failure::Refused(_))) if part.len() > 1 => {
                    let (first, second) = part.halves();
                    parts.push(second);
                    parts.push(first);
                }
                Err(Some(Failure::Refused(message))) => {
                    tracing::error!(error = message, "the database refused an append");
                    // No command is at fault when there is none.
                    self.strain.failed(REFUSED);
                    part.fail(&AppendError::Refused(message));
                }
                Err(Some(Failure::Fenced(log))) => {
                    let fenced = AppendError::Fenced {
                        ours: self.line.epoch,
                        log,
                    };
                    tracing::error!(error = %fenced, "the writer is fenced");
                    part.fail(&fenced);
                    parts.drain(..).for_each(|rest| rest.fail(&fenced));
                    self.queue.refuse_all(fenced);
                }
                // Stopping, and nobody waits for it any more.
                Err(_) => self.queue.refuse_all(AppendError::ShuttingDown),
            }
        }
    }

    /// Sends the batch until its outcome is known. `Err(None)`: given up, because the node stops and
    /// every caller has lost patience.
    async fn insist(&mut self, batch: &mut Batch) -> Result<Settled, Option<Failure>> {
        let mut wait = FIRST_WAIT;
        let patience = self.options.patience;
        let (appends, mut callers) = batch.parts();
        loop {
            let call = self.line.send(appends);
            let failure = match attended(call, &mut callers, &self.queue, patience).await {
                Ok(settled) => return Ok(settled),
                Err(Failure::Lost(message)) => {
                    self.strain.failed(LOST);
                    message
                }
                Err(Failure::Busy(message)) => {
                    self.strain.failed(BUSY);
                    message
                }
                Err(failure) => return Err(Some(failure)),
            };
            tracing::warn!(
                error = failure,
                commands = appends.len(),
                "append is sent again"
            );
            metrics::counter!("pantheon_append_retries_total").increment(1);
            let nap = tokio::time::sleep(wait);
            attended(nap, &mut callers, &self.queue, patience).await;
            if self.stop.is_cancelled() && callers.expire(patience) {
                return Err(None);
            }
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }
}

impl Line {
    async fn send(&mut self, appends: &[Append]) -> Result<Settled, Failure> {
        // Taken out: whatever goes wrong below, a connection in an unknown state is not used again.
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => timeout(CONNECT, self.connect.connect())
                .await
                .map_err(|_| Failure::Lost("connecting takes too long".to_owned()))?
                .map_err(|error| Failure::Lost(error.to_string()))?,
        };
        let started = Instant::now();
        let outcome = timeout(CALL, call::append(&mut connection, self.epoch, appends))
            .await
            .unwrap_or_else(|_| Err(Failure::Lost("the append takes too long".to_owned())));
        if !matches!(outcome, Err(Failure::Lost(_))) {
            self.connection = Some(connection);
        }
        metrics::histogram!("pantheon_append_seconds").record(started.elapsed());
        metrics::histogram!("pantheon_append_batch_size").record(appends.len() as f64);
        outcome
    }
}

/// Waits for `work` and meanwhile answers callers whose patience is over.
async fn attended<T>(
    work: impl Future<Output = T>,
    callers: &mut Callers<'_>,
    queue: &Queue,
    patience: Duration,
) -> T {
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tick.reset();
    tokio::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            _ = tick.tick() => {
                callers.expire(patience);
                queue.expire(patience);
            }
        }
    }
}
