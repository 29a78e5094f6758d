//! One client that asks one node all the time, to know what others feel of a fault.

use std::sync::Arc;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use pantheon_harness::journal::Answer;
use pantheon_harness::load::answer;
use pantheon_harness::{Api, Journal, send};
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::json;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

/// What the client felt of one command.
#[derive(Clone, Debug)]
pub struct Felt {
    /// When it was sent.
    pub sent: Instant,
    /// How long it took, to the answer or to the end of its patience.
    pub took: Duration,
    /// The status; none = no answer.
    pub status: Option<u16>,
    /// Whether it was told when to come back.
    pub retry_after: bool,
}

impl Felt {
    pub fn is_done(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }
}

/// The client at work.
pub struct Probe {
    felt: Arc<Mutex<Vec<Felt>>>,
    running: JoinHandle<()>,
    stop: CancellationToken,
    _stop: DropGuard,
}

impl Probe {
    /// Starts to make a task every `pause` or whenever the one before is answered, under ids of
    /// `random`; all stand in the journal.
    pub fn start(api: Api, journal: &Arc<Journal>, random: StdRng, pause: Duration) -> Self {
        let felt = Arc::default();
        let stop = CancellationToken::new();
        let work = ask(
            api,
            Arc::clone(journal),
            random,
            pause,
            Arc::clone(&felt),
            stop.clone(),
        );
        Self {
            felt,
            running: tokio::spawn(work),
            stop: stop.clone(),
            _stop: stop.drop_guard(),
        }
    }

    /// What was felt of the commands that were sent since then.
    pub fn since(&self, moment: Instant) -> Vec<Felt> {
        let felt = self.felt.lock().unwrap_or_else(PoisonError::into_inner);
        felt.iter()
            .filter(|one| one.sent >= moment)
            .cloned()
            .collect()
    }

    /// Ends it after the command that it is at, and gives everything that it felt.
    pub async fn end(self) -> anyhow::Result<Vec<Felt>> {
        self.stop.cancel();
        self.running.await?;
        let felt = self.felt.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(felt.clone())
    }
}

async fn ask(
    api: Api,
    journal: Arc<Journal>,
    mut random: StdRng,
    pause: Duration,
    felt: Arc<Mutex<Vec<Felt>>>,
    stop: CancellationToken,
) {
    let mut beat = tokio::time::interval(pause);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !stop.is_cancelled() {
        beat.tick().await;
        let id = uuid::Uuid::from_u128(random.random());
        journal.sends(id, "create_task", 1);
        let sent = Instant::now();
        let request = api.request(reqwest::Method::POST, "/api/v1/tasks");
        let request = request.header("idempotency-key", id.to_string());
        let reply = send(request.json(&json!({ "name": "probe" }))).await.ok();
        journal.hears(id, reply.as_ref().map_or(Answer::Unknown, answer));
        let one = Felt {
            sent,
            took: sent.elapsed(),
            status: reply.as_ref().map(|reply| reply.status.as_u16()),
            retry_after: reply.is_some_and(|reply| reply.headers.contains_key("retry-after")),
        };
        felt.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(one);
    }
}

/// The time within which this share of them was over, in milliseconds.
pub fn quantile(felt: &[Felt], share: f64) -> f64 {
    let mut times: Vec<f64> = felt
        .iter()
        .map(|one| one.took.as_secs_f64() * 1_000.0)
        .collect();
    times.sort_by(f64::total_cmp);
    let last = times.len().saturating_sub(1);
    let index = (share * times.len() as f64) as usize;
    times.get(index.min(last)).copied().unwrap_or_default()
}
