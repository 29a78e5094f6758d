//! Starting and stopping the parts of a node.
//!
//! Shape: every long-running task belongs to a phase. Stopping goes phase by phase, each given its
//! time: not ready → intake → live clients → followers → bus → writer.
//! Ordering: a phase's tasks have ended, or its time is up, before the next phase is told.
//! Delivery: what the intake has accepted before it stopped is still written and answered.
//! On failure: a task that ends by itself, or panics, stops the whole node: a node that lost a part
//! must not look alive.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// When a task is told to stop; in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The HTTP server and the NATS doors: no new requests, the open ones are answered.
    Intake,
    /// Sockets and event streams: they say goodbye.
    Live,
    /// Processes, projectors, the relay and all else that follows the log.
    Followers,
    /// The connection to NATS.
    Bus,
    /// The writer and the log's tail.
    Writer,
}

const PHASES: [Phase; 5] = [
    Phase::Intake,
    Phase::Live,
    Phase::Followers,
    Phase::Bus,
    Phase::Writer,
];

#[derive(Clone, Debug, Default)]
struct Stage {
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// Why a node stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// SIGTERM, or the caller's wish.
    Asked,
    /// SIGINT: somebody pressed Ctrl-C.
    Interrupted,
    /// A task ended that should not have.
    Lost(&'static str),
}

/// The supervised tasks of a node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Lifecycle {
    stages: Arc<BTreeMap<Phase, Stage>>,
    draining: CancellationToken,
    reason: Arc<watch::Sender<Option<Reason>>>,
    running: Arc<Mutex<Vec<&'static str>>>,
}

impl Default for Lifecycle {
    fn default() -> Self {
        let stages = PHASES.into_iter().map(|phase| (phase, Stage::default()));
        Self {
            stages: Arc::new(stages.collect()),
            draining: CancellationToken::new(),
            reason: Arc::new(watch::Sender::new(None)),
            running: Arc::default(),
        }
    }
}

impl Lifecycle {
    /// Cancelled when the node begins to stop: `/readyz` says so from then on.
    #[must_use]
    pub fn draining(&self) -> &CancellationToken {
        &self.draining
    }

    /// Cancelled when the tasks of the phase are to stop.
    #[must_use]
    pub fn stop(&self, phase: Phase) -> CancellationToken {
        self.stage(phase).stop.clone()
    }

    /// Waits for short tasks of the phase (a command under way) before the next one is told.
    #[must_use]
    pub fn tracker(&self, phase: Phase) -> TaskTracker {
        self.stage(phase).tasks.clone()
    }

    /// Runs a task that lives as long as the node: it ends when the phase's token is cancelled, and
    /// if it ends earlier the node stops.
    pub fn spawn(
        &self,
        phase: Phase,
        name: &'static str,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let stage = self.stage(phase);
        let (stop, reason) = (stage.stop.clone(), Arc::clone(&self.reason));
        let running = Arc::clone(&self.running);
        lock(&running).push(name);
        stage.tasks.spawn(async move {
            let ended = AssertUnwindSafe(task).catch_unwind().await;
            lock(&running).retain(|other| *other != name);
            if !stop.is_cancelled() {
                let how = if ended.is_ok() { "ended" } else { "panicked" };
                tracing::error!(task = name, "a task {how} by itself; the node stops");
                reason.send_if_modified(|reason| {
                    reason.is_none() && reason.replace(Reason::Lost(name)).is_none()
                });
            }
        });
    }

    /// Asks the node to stop, as a signal would.
    pub fn ask_to_stop(&self) {
        self.reason
            .send_if_modified(|reason| reason.is_none() && reason.replace(Reason::Asked).is_none());
    }

    /// Waits for SIGTERM, SIGINT, [`Self::ask_to_stop`] or the loss of a task.
    pub async fn until_stopped(&self) -> std::io::Result<Reason> {
        let mut term = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut reason = self.reason.subscribe();
        let signalled = tokio::select! {
            _ = term.recv() => Reason::Asked,
            _ = interrupt.recv() => Reason::Interrupted,
            _ = reason.wait_for(Option::is_some) => Reason::Asked,
        };
        let known = self.reason.borrow().clone();
        Ok(known.unwrap_or(signalled))
    }

    /// Stops every phase in order, each within `patience`. Says which tasks had not ended.
    pub async fn drain(&self, patience: Duration) -> Vec<&'static str> {
        self.draining.cancel();
        for phase in PHASES {
            let stage = self.stage(phase);
            stage.stop.cancel();
            stage.tasks.close();
            if tokio::time::timeout(patience, stage.tasks.wait())
                .await
                .is_err()
            {
                tracing::warn!(?phase, "not all tasks ended in time");
            }
        }
        lock(&self.running).clone()
    }

    fn stage(&self, phase: Phase) -> &Stage {
        self.stages
            .get(&phase)
            .expect("every phase got its stage when the lifecycle was made")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn phases_stop_one_after_the_other() {
        let lifecycle = Lifecycle::default();
        let order = Arc::new(Mutex::new(Vec::new()));
        for phase in [Phase::Writer, Phase::Intake, Phase::Followers] {
            let (stop, order) = (lifecycle.stop(phase), Arc::clone(&order));
            lifecycle.spawn(phase, "a task", async move {
                stop.cancelled().await;
                tokio::task::yield_now().await;
                lock(&order).push(phase);
            });
        }
        assert_eq!(lifecycle.drain(SOON).await, Vec::<&str>::new());
        let order = lock(&order).clone();
        assert_eq!(order, [Phase::Intake, Phase::Followers, Phase::Writer]);
    }

    #[tokio::test]
    async fn a_task_that_ends_or_panics_by_itself_stops_the_node() {
        for panics in [false, true] {
            let lifecycle = Lifecycle::default();
            lifecycle.spawn(Phase::Followers, "relay", async move {
                assert!(!panics, "the test wants it");
            });
            let reason = lifecycle.until_stopped().await.expect("signals work");
            assert_eq!(reason, Reason::Lost("relay"));
        }
    }

    #[tokio::test]
    async fn a_task_that_does_not_listen_is_named() {
        let lifecycle = Lifecycle::default();
        lifecycle.spawn(Phase::Bus, "deaf", std::future::pending());
        assert_eq!(lifecycle.drain(Duration::from_millis(10)).await, ["deaf"]);
    }
}
