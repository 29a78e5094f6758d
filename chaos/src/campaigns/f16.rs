//! F16: live clients that ask for everything and then read nothing.

use std::time::{Duration, Instant};

use anyhow::Result;
use pantheon_harness::evidence::Gauge;
use pantheon_harness::{Door, PATIENCE, Trial, eventually};

use crate::probe::{Probe, quantile};
use crate::{Outcome, Run};

/// What all of them together may cost a node, in KiB.
const GROWTH: u64 = 64 * 1024;
/// What others may wait longer for it, beside what the clock's grain hides.
const SLOWER: f64 = 1.1;
const GRAIN: f64 = 1.0;

pub async fn run(run: &Run) -> Result<Outcome> {
    let mut trial = run.stage().await?;
    // There is something to be sent to them.
    trial.acknowledges(run.pick(3_000, 150)).await;
    let probe = Probe::start(
        trial.cluster.api(0)?,
        &trial.journal,
        run.seed.random(100),
        Duration::from_millis(20),
    );
    let calm = Instant::now();
    tokio::time::sleep(run.pick(Duration::from_secs(20), Duration::from_secs(1))).await;
    let before = probe.since(calm);
    let memory = memory(&trial)?;

    let silent = usize::try_from(run.count)?;
    let already = trial.connections();
    for number in 0..silent {
        trial.follow_silently(if number % 2 == 0 {
            Door::WebSocket
        } else {
            Door::Sse
        });
    }
    eventually(PATIENCE, async || trial.connections() >= already + silent).await;
    let since = Instant::now();
    let mut most = memory.clone();
    let until = Instant::now() + run.pick(Duration::from_secs(60), Duration::from_secs(3));
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(100)).await;
        for (most, now) in most.iter_mut().zip(self::memory(&trial)?) {
            *most = now.max(*most);
        }
    }
    let during = probe.since(since);
    probe.end().await?;
    for (node, (before, most)) in memory.into_iter().zip(most).enumerate() {
        trial.gauges.push(Gauge {
            name: format!("KiB that node {node} grew by while {silent} clients read nothing"),
            value: most.saturating_sub(before),
            most: GROWTH,
        });
    }
    // They begin to read: nothing was dropped for them, which the judge sees.
    trial.wake_silent();
    let mut outcome = run.judge(trial, run.count).await?;
    if run.is_full() {
        let (before, during) = (quantile(&before, 0.99), quantile(&during, 0.99));
        outcome.holds(during <= before * SLOWER + GRAIN, || {
            format!("p99 of the others was {before:.1} ms, then {during:.1} ms")
        });
    }
    Ok(outcome)
}

/// What each node has in use, in KiB.
fn memory(trial: &Trial) -> Result<Vec<u64>> {
    let nodes = 0..trial.cluster.size();
    nodes
        .map(|node| trial.cluster.process(node)?.memory())
        .collect()
}
