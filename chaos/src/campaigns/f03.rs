//! F03: the outcome of an append is unknown, because the writer's connection to Postgres is cut
//! after the request's bytes, in the midst of them, or before the reply's.

use std::time::Duration;

use anyhow::{Context, Result};
use pantheon_harness::{Fault, Trial};
use rand::Rng;

use crate::{Outcome, Run};

/// As the writer names itself to Postgres.
const WRITER: &str = "pantheon-writer";
const CUTS: [Fault; 3] = [
    Fault::CutAfterRequest,
    Fault::CutInRequest,
    Fault::CutBeforeReply,
];
/// The writer sends something at least once a second; after a cut it first connects again.
const PATIENCE: Duration = Duration::from_secs(30);
/// Until an outcome is known again, in milliseconds.
const RESOLVED: u64 = 5_000;

pub async fn run(run: &Run) -> Result<Outcome> {
    let mut trial = Trial::of(run.plan(run.installation().proxied())).await?;
    let mut random = run.seed.random(1);
    for node in 0..trial.cluster.size() {
        trial.cluster.link(node).postgres.only(WRITER);
    }
    let usual = run.usual(&trial).await;
    for _ in 0..run.count {
        let pause = random.random_range(0..run.pick(200, 40));
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let proxy = &trial.cluster.link(random.random_range(0..2)).postgres;
        let cut = CUTS[random.random_range(0..CUTS.len())];
        proxy.set(cut);
        let happened = tokio::time::timeout(PATIENCE, proxy.happened()).await;
        happened.with_context(|| format!("the writer sent nothing for {cut:?} to meet"))?;
        // Not the same batch every time.
        trial.acknowledges(1).await;
    }
    run.recovers(&mut trial, usual).await;
    let slowest = trial.slowest();
    trial
        .gauges
        .push(run.within("ms until an outcome was known", slowest, RESOLVED));
    run.judge(trial, run.count).await
}
