//! Commands that are committed together.

use std::time::{Duration, Instant};

use crate::log::Committed;
use crate::writer::queue::{Queued, Reply};
use crate::writer::verdict::Settled;
use crate::{Append, AppendError, Verdict, WriterOptions};

/// Decides, command by command, what still fits into a batch.
#[derive(Debug)]
pub struct Room {
    events: usize,
    commands: usize,
    bytes: usize,
    started: bool,
}

impl Room {
    pub fn new(options: &WriterOptions) -> Self {
        Self {
            events: options.batch_events,
            commands: options.batch_events,
            bytes: options.batch_bytes,
            started: false,
        }
    }

    /// Whether the command fits, and takes its room. The first always fits.
    pub fn take(&mut self, queued: &Queued) -> bool {
        let events = queued.events();
        let fits = events <= self.events && queued.bytes <= self.bytes && self.commands > 0;
        if self.started && !fits {
            return false;
        }
        self.started = true;
        self.events = self.events.saturating_sub(events);
        self.bytes = self.bytes.saturating_sub(queued.bytes);
        self.commands = self.commands.saturating_sub(1);
        true
    }
}

/// One call's commands and the callers who wait for them.
#[derive(Debug)]
pub struct Batch {
    pub appends: Vec<Append>,
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    reply: Option<Reply>,
    since: Instant,
}

impl Waiting {
    fn hear(self, verdict: Result<Verdict, AppendError>) {
        if let Some(reply) = self.reply {
            // A caller who is gone needs no answer; the command stands in the log.
            let _ = reply.send(verdict);
        }
    }
}

impl Batch {
    pub fn new(queued: Vec<Queued>) -> Self {
        let (appends, waiting) = queued
            .into_iter()
            .map(|q| {
                (
                    q.append,
                    Waiting {
                        reply: Some(q.reply),
                        since: q.since,
                    },
                )
            })
            .unzip();
        Self { appends, waiting }
    }

    pub fn len(&self) -> usize {
        self.appends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.appends.is_empty()
    }

    /// The commands, and the callers to answer while the commands are on their way.
    pub fn parts(&mut self) -> (&[Append], Callers<'_>) {
        (&self.appends, Callers(&mut self.waiting))
    }

    /// Cuts the batch into two halves, the earlier commands first.
    pub fn halves(mut self) -> (Self, Self) {
        let middle = self.len() / 2;
        let appends = self.appends.split_off(middle);
        let waiting = self.waiting.split_off(middle);
        (self, Self { appends, waiting })
    }

    /// Gives every caller the verdict on its command, and back what was committed of the batch.
    pub fn answer(self, settled: Settled) -> Committed {
        let mut committed = Committed::at(settled.recorded_at);
        let all = self.appends.into_iter().zip(self.waiting);
        for ((append, waiting), verdict) in all.zip(settled.verdicts) {
            if let Ok(Verdict::Recorded(recorded)) = &verdict {
                committed.push(append, recorded);
            }
            waiting.hear(verdict);
        }
        committed
    }

    /// Gives every caller the same error.
    pub fn fail(self, error: &AppendError) {
        for waiting in self.waiting {
            waiting.hear(Err(error.clone()));
        }
    }
}

/// The callers of a batch that is on its way.
#[derive(Debug)]
pub struct Callers<'a>(&'a mut [Waiting]);

impl Callers<'_> {
    /// Answers `Unavailable` to everybody who has waited longer than `patience`. Their commands stay
    /// in the batch: what became of them has to be settled before newer work. True = nobody waits.
    pub fn expire(&mut self, patience: Duration) -> bool {
        for waiting in self.0.iter_mut() {
            if waiting.since.elapsed() >= patience
                && let Some(reply) = waiting.reply.take()
            {
                let _ = reply.send(Err(AppendError::Unavailable));
            }
        }
        self.0.iter().all(|waiting| waiting.reply.is_none())
    }
}
