//! Clients that send commands over HTTP, whatever happens to the nodes, and write down everything.
//!
//! They behave as clients should: what was not answered is sent again under the same command id, at
//! once or in the end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Result, ensure};
use rand::Rng;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::api::{Api, Reply, send};
use crate::journal::{Answer, Journal, Outcome};
use crate::seed::Seed;

mod fleet;
mod mix;

pub use fleet::{Fleet, Member};
use mix::{Mix, Request};

/// A client that got no answer waits this long before it goes on.
const PAUSE: Duration = Duration::from_millis(20);

/// How much is asked for.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Clients that send one command at a time.
    pub callers: u64,
    /// How many commands a second all of them send together; as fast as they are answered when left
    /// out.
    pub per_second: Option<u32>,
    /// Who and what the mix works with; tasks alone when left out.
    pub fleet: Option<Arc<Fleet>>,
}

impl Workload {
    /// So many clients that make and change tasks as fast as they are answered.
    #[must_use]
    pub fn tasks(callers: u64) -> Self {
        Self {
            callers,
            per_second: None,
            fleet: None,
        }
    }

    /// How long a client waits between two commands.
    fn pause(&self) -> Option<Duration> {
        let rate = f64::from(self.per_second?);
        Some(Duration::from_secs_f64(self.callers as f64 / rate))
    }
}

/// Clients at work. Dropping it stops them in mid-request.
#[derive(Debug)]
pub struct Load {
    shared: Arc<Shared>,
    callers: JoinSet<()>,
    stop: CancellationToken,
}

#[derive(Debug)]
struct Shared {
    nodes: Vec<Api>,
    journal: Arc<Journal>,
    open: Mutex<HashMap<Uuid, Request>>,
    odd: Mutex<Vec<String>>,
}

impl Load {
    /// Starts clients over these doors.
    #[must_use]
    pub fn start(nodes: Vec<Api>, journal: &Arc<Journal>, work: &Workload, seed: Seed) -> Self {
        let shared = Arc::new(Shared {
            nodes,
            journal: Arc::clone(journal),
            open: Mutex::default(),
            odd: Mutex::default(),
        });
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        for caller in 0..work.callers {
            let mix = Mix::new(work.fleet.clone(), seed.random(1_000 + caller));
            tasks.spawn(call(Arc::clone(&shared), mix, work.pause(), stop.clone()));
        }
        Self {
            shared,
            callers: tasks,
            stop,
        }
    }

    /// Answers of the kind 5xx that did not say when to come back.
    #[must_use]
    pub fn odd(&self) -> Vec<String> {
        lock(&self.shared.odd).clone()
    }

    /// Lets every client finish what it is at, then asks again for everything that was not answered,
    /// until it is.
    ///
    /// # Errors
    /// A command is still not answered after `patience`, or a client broke down.
    pub async fn settle(mut self, patience: Duration) -> Result<()> {
        self.stop.cancel();
        while let Some(ended) = self.callers.join_next().await {
            ended?;
        }
        let until = tokio::time::Instant::now() + patience;
        let open: Vec<Request> = lock(&self.shared.open).values().cloned().collect();
        for request in open {
            let mut turn = 0;
            while self.shared.ask(&request, turn).await.is_none() {
                let late = tokio::time::Instant::now() >= until;
                ensure!(!late, "{} was not answered in {patience:?}", request.id);
                turn += 1;
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(())
    }
}

/// One client.
async fn call(shared: Arc<Shared>, mut mix: Mix, pause: Option<Duration>, stop: CancellationToken) {
    let mut beat = pause.map(tokio::time::interval);
    if let Some(beat) = &mut beat {
        beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
    }
    while !stop.is_cancelled() {
        if let Some(beat) = &mut beat {
            beat.tick().await;
        }
        let request = mix.next();
        lock(&shared.open).insert(request.id, request.clone());
        // Half of the clients come back for an answer at once, the others in the end.
        let insists = mix.random().random_bool(0.5);
        loop {
            let node = mix.random().random_range(0..shared.nodes.len());
            match shared.ask(&request, node).await {
                Some(reply) if request.what == "create_task" && reply.status.is_success() => {
                    if let Some(task) = reply.body["id"].as_str() {
                        mix.owns(task);
                    }
                    break;
                }
                Some(_) => break,
                None => tokio::time::sleep(PAUSE).await,
            }
            if !insists || stop.is_cancelled() {
                break;
            }
        }
    }
}

impl Shared {
    /// One attempt; `None` when it is not settled by it.
    async fn ask(&self, request: &Request, node: usize) -> Option<Reply> {
        let events = request.events.clone();
        self.journal.sends_about(request.id, request.what, events);
        let mut door = self.nodes[node % self.nodes.len()].clone();
        if let Some(token) = &request.token {
            door = door.with_token(token);
        }
        let asked = door
            .request(request.method.clone(), &request.path)
            .header("idempotency-key", request.id.to_string())
            .json(&request.body);
        let reply = send(asked).await.ok();
        if let Some(reply) = reply.as_ref().filter(|reply| is_odd(reply)) {
            lock(&self.odd).push(format!("{}: {reply:?}", request.what));
        }
        let answer = reply.as_ref().map_or(Answer::Unknown, answer);
        let settled = matches!(answer, Answer::Ok { .. } | Answer::Refused { .. });
        self.journal.hears(request.id, answer);
        if settled {
            lock(&self.open).remove(&request.id);
        }
        reply.filter(|_| settled)
    }
}

/// Whether a client is left without a word on when to come back.
fn is_odd(reply: &Reply) -> bool {
    let again = reply.status == 503 && reply.headers.contains_key("retry-after");
    reply.status.is_server_error() && !again
}

/// What an answer says about the command.
#[must_use]
pub fn answer(reply: &Reply) -> Answer {
    let code = || reply.code().to_owned();
    match (reply.status.as_u16(), reply.position()) {
        (200..=299, Some(position)) => Answer::Ok { position },
        (503, _) if ["overloaded", "shutting_down"].contains(&reply.code()) => {
            Answer::TurnedAway { code: code() }
        }
        (429, _) => Answer::TurnedAway { code: code() },
        // Decided three times on what others had changed meanwhile, and never written.
        (409, _) if reply.code() == "sequence_conflict" => Answer::TurnedAway { code: code() },
        (400..=499, _) => Answer::Refused { code: code() },
        _ => Answer::Unknown,
    }
}

/// How many operations ended in which outcome: ok, refused, unknown.
#[must_use]
pub fn tally(journal: &Journal) -> (usize, usize, usize) {
    let (mut ok, mut refused, mut unknown) = (0, 0, 0);
    for operation in journal.operations() {
        match operation.outcome() {
            Outcome::Ok { .. } => ok += 1,
            Outcome::Refused => refused += 1,
            Outcome::Unknown => unknown += 1,
        }
    }
    (ok, refused, unknown)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
