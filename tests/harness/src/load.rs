//! Clients that send commands over HTTP, whatever happens to the nodes, and write down everything.
//!
//! They behave as clients should: what was not answered is sent again under the same command id, at
//! once or in the end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Result, ensure};
use rand::Rng;
use rand::rngs::StdRng;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::api::{Api, Reply, send};
use crate::journal::{Answer, Journal, Outcome};
use crate::seed::Seed;

/// A client that got no answer waits this long before it goes on.
const PAUSE: Duration = Duration::from_millis(20);

#[derive(Clone, Debug)]
struct Request {
    id: Uuid,
    method: Method,
    path: String,
    body: Value,
    what: &'static str,
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
}

impl Load {
    /// Starts `callers` clients over these doors.
    #[must_use]
    pub fn start(nodes: Vec<Api>, journal: &Arc<Journal>, callers: u64, seed: Seed) -> Self {
        let shared = Arc::new(Shared {
            nodes,
            journal: Arc::clone(journal),
            open: Mutex::default(),
        });
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        for caller in 0..callers {
            let random = seed.random(1_000 + caller);
            tasks.spawn(call(Arc::clone(&shared), random, stop.clone()));
        }
        Self {
            shared,
            callers: tasks,
            stop,
        }
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

/// One client: makes tasks and changes its own.
async fn call(shared: Arc<Shared>, mut random: StdRng, stop: CancellationToken) {
    let mut mine: Vec<String> = Vec::new();
    while !stop.is_cancelled() {
        let request = next(&mut random, &mine);
        lock(&shared.open).insert(request.id, request.clone());
        // Half of the clients come back for an answer at once, the others in the end.
        let insists = random.random_bool(0.5);
        loop {
            let node = random.random_range(0..shared.nodes.len());
            match shared.ask(&request, node).await {
                Some(reply) if request.what == "create_task" && reply.status.is_success() => {
                    mine.extend(reply.body["id"].as_str().map(str::to_owned));
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

fn next(random: &mut StdRng, mine: &[String]) -> Request {
    let id = Uuid::from_u128(random.random());
    if mine.is_empty() || random.random_bool(0.5) {
        return Request {
            id,
            method: Method::POST,
            path: "/api/v1/tasks".to_owned(),
            body: json!({ "name": format!("task {id}") }),
            what: "create_task",
        };
    }
    let task = &mine[random.random_range(0..mine.len())];
    Request {
        id,
        method: Method::PATCH,
        path: format!("/api/v1/tasks/{task}"),
        // Never what it already is, so that each change is one event.
        body: json!({ "metadata": { "change": id } }),
        what: "update_task",
    }
}

impl Shared {
    /// One attempt; `None` when it is not settled by it.
    async fn ask(&self, request: &Request, node: usize) -> Option<Reply> {
        self.journal.sends(request.id, request.what, 1);
        let door = &self.nodes[node % self.nodes.len()];
        let asked = door
            .request(request.method.clone(), &request.path)
            .header("idempotency-key", request.id.to_string())
            .json(&request.body);
        let reply = send(asked).await.ok();
        let answer = reply.as_ref().map_or(Answer::Unknown, answer);
        let settled = matches!(answer, Answer::Ok { .. } | Answer::Refused { .. });
        self.journal.hears(request.id, answer);
        if settled {
            lock(&self.open).remove(&request.id);
        }
        reply.filter(|_| settled)
    }
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
