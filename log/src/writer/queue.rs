//! The bounded queue in front of the writer task: first in, first out, full = refused.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot};

use crate::{Append, AppendError, Outcome, Verdict};

/// When a caller who was refused should come back.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What a caller waits for.
pub type Reply = oneshot::Sender<Result<Verdict, AppendError>>;

/// A command that waits.
#[derive(Debug)]
pub struct Queued {
    pub append: Append,
    pub reply: Reply,
    pub since: Instant,
    pub bytes: usize,
}

impl Queued {
    pub fn new(append: Append, reply: Reply) -> Self {
        let bytes = size(&append);
        Self {
            append,
            reply,
            since: Instant::now(),
            bytes,
        }
    }

    pub fn events(&self) -> usize {
        events(&self.append)
    }
}

/// The events that a command brings.
pub fn events(append: &Append) -> usize {
    match &append.outcome {
        Outcome::Accepted(events) => events.len(),
        Outcome::Rejected(_) => 0,
    }
}

/// About how many bytes the command is on the wire.
fn size(append: &Append) -> usize {
    let payloads: usize = match &append.outcome {
        Outcome::Accepted(events) => events.iter().map(|event| event.payload.len() + 64).sum(),
        Outcome::Rejected(refusal) => refusal.message.len() + 256,
    };
    payloads + append.metadata.len() + append.aggregate_id.len() + 128
}

#[derive(Debug)]
pub struct Queue {
    state: Mutex<State>,
    filled: Notify,
    most: usize,
    most_bytes: usize,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Queued>,
    bytes: usize,
    closed: Option<AppendError>,
}

impl Queue {
    pub fn new(most: usize, most_bytes: usize) -> Self {
        Self {
            state: Mutex::default(),
            filled: Notify::new(),
            most,
            most_bytes,
        }
    }

    /// Adds a command at the end, or says why not.
    pub fn push(&self, queued: Queued) -> Result<(), AppendError> {
        let mut state = self.lock();
        if let Some(reason) = &state.closed {
            return Err(reason.clone());
        }
        // One command larger than the byte limit passes when nothing else waits.
        let full = state.waiting.len() >= self.most
            || (!state.waiting.is_empty() && state.bytes + queued.bytes > self.most_bytes);
        if full {
            metrics::counter!("pantheon_append_overloaded_total").increment(1);
            return Err(AppendError::Overloaded {
                retry_after: RETRY_AFTER,
            });
        }
        state.bytes += queued.bytes;
        state.waiting.push_back(queued);
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// Takes from the front as long as `fits` says so; waits for the first. Empty = closed.
    pub async fn take(&self, mut fits: impl FnMut(&Queued) -> bool) -> Vec<Queued> {
        loop {
            let filled = self.filled.notified();
            {
                let mut state = self.lock();
                let mut taken = Vec::new();
                while let Some(next) = state.waiting.pop_front_if(|next| fits(next)) {
                    state.bytes -= next.bytes;
                    taken.push(next);
                }
                metrics::gauge!("pantheon_append_queue_depth").set(state.waiting.len() as f64);
                if !taken.is_empty() || state.closed.is_some() {
                    return taken;
                }
            }
            filled.await;
        }
    }

    /// Answers `Unavailable` to everybody who has waited longer than `patience`. None of these
    /// commands was ever sent.
    pub fn expire(&self, patience: Duration) {
        let mut state = self.lock();
        while let Some(late) = state
            .waiting
            .pop_front_if(|next| next.since.elapsed() >= patience)
        {
            state.bytes -= late.bytes;
            // A caller who is gone needs no answer.
            let _ = late.reply.send(Err(AppendError::Unavailable));
        }
    }

    /// Takes nothing more in; what waits can still be taken out.
    pub fn close(&self, reason: AppendError) {
        self.lock().closed.get_or_insert(reason);
        self.filled.notify_one();
    }

    /// Closes and answers everybody who waits.
    pub fn refuse_all(&self, reason: AppendError) {
        let waiting = {
            let mut state = self.lock();
            state.closed = Some(reason.clone());
            state.bytes = 0;
            std::mem::take(&mut state.waiting)
        };
        for queued in waiting {
            let _ = queued.reply.send(Err(reason.clone()));
        }
        self.filled.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No critical section can panic half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
