//! Processes: one node at a time, and another one when the first cannot go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use pantheon::lifecycle::Lifecycle;
use pantheon::processes::{Process, ProcessDeps, ProcessError, spawn};
use pantheon::pulse::Pulses;
use pantheon_events::RecordedEvent;
use pantheon_harness::{Database, Postgres, soon};
use pantheon_log::{FollowerState, Health};

use super::node::{Node, one};

/// Counts what it is given; halts, fails or hangs as it is told.
#[derive(Default)]
struct Counter {
    reacted: AtomicUsize,
    ticked: AtomicUsize,
    halts: AtomicBool,
    hangs: AtomicBool,
}

#[async_trait]
impl Process for Counter {
    fn name(&self) -> &'static str {
        "counter"
    }

    fn wants(&self, _: &RecordedEvent) -> bool {
        true
    }

    async fn react(&self, _: &RecordedEvent) -> Result<(), ProcessError> {
        if self.halts.load(Ordering::SeqCst) {
            return Err(ProcessError::Halt("this build cannot read it".to_owned()));
        }
        self.reacted.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn tick(&self) -> Result<(), ProcessError> {
        if self.hangs.load(Ordering::SeqCst) {
            return std::future::pending().await;
        }
        self.ticked.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

/// A node that runs the counter.
struct Worker {
    node: Node,
    counter: Arc<Counter>,
    health: Health,
    pulses: Pulses,
    lifecycle: Lifecycle,
}

impl Worker {
    async fn start(database: &Database, name: &str) -> Result<Self> {
        let node = Node::start(database.connect_options()?).await?;
        let (health, pulses) = (Health::new(), Pulses::default());
        let counter = Arc::new(Counter::default());
        let deps = ProcessDeps {
            log: node.log.clone(),
            pool: node.log.pool().clone(),
            health: health.clone(),
            pulses: pulses.clone(),
            node: name.to_owned(),
        };
        let lifecycle = Lifecycle::default();
        spawn(&deps, counter.clone(), &lifecycle);
        Ok(Self {
            node,
            counter,
            health,
            pulses,
            lifecycle,
        })
    }

    fn state(&self) -> FollowerState {
        self.health.report(&self.node.log)[0].state
    }

    fn reacted(&self) -> usize {
        self.counter.reacted.load(Ordering::SeqCst)
    }

    fn clock_is_well(&self) -> bool {
        self.pulses.report(std::time::Instant::now())[0].ok
    }

    async fn stop(self) {
        self.lifecycle.drain(Duration::from_secs(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn g14_a_process_that_halts_on_one_node_goes_on_on_another() -> Result<()> {
    let database = Postgres::shared().await?;
    let old = Worker::start(&database, "old").await?;
    soon(async || old.state() == FollowerState::Running).await;
    let new = Worker::start(&database, "new").await?;
    soon(async || new.state() == FollowerState::Standby).await;
    old.counter.halts.store(true, Ordering::SeqCst);
    old.node.writer.append(one("one", 0)).await?;
    soon(async || old.state() == FollowerState::Halted).await;
    soon(async || new.reacted() == 1).await;
    soon(async || old.state() == FollowerState::Standby).await;
    assert_eq!(old.reacted(), 0);
    old.stop().await;
    new.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g14_a_halted_process_tries_again_when_no_other_node_can_go_on() -> Result<()> {
    let database = Postgres::shared().await?;
    let only = Worker::start(&database, "only").await?;
    only.counter.halts.store(true, Ordering::SeqCst);
    only.node.writer.append(one("one", 0)).await?;
    soon(async || only.state() == FollowerState::Halted).await;
    only.counter.halts.store(false, Ordering::SeqCst);
    soon(async || only.reacted() == 1).await;
    soon(async || only.state() == FollowerState::Running).await;
    only.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g14_a_process_whose_clock_hangs_says_so_and_goes_on_when_it_can() -> Result<()> {
    let database = Postgres::shared().await?;
    let worker = Worker::start(&database, "only").await?;
    let ticked = || worker.counter.ticked.load(Ordering::SeqCst);
    soon(async || ticked() > 0).await;
    assert!(worker.clock_is_well());
    worker.counter.hangs.store(true, Ordering::SeqCst);
    soon(async || !worker.clock_is_well()).await;
    worker.counter.hangs.store(false, Ordering::SeqCst);
    let before = ticked();
    pantheon_harness::eventually(Duration::from_secs(20), async || {
        ticked() > before && worker.clock_is_well()
    })
    .await;
    worker.stop().await;
    Ok(())
}
