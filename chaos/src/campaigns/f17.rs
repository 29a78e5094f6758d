//! F17: far more is asked than the nodes can write.

use std::time::{Duration, Instant};

use anyhow::Result;
use pantheon_harness::evidence::Gauge;
use pantheon_harness::{Fault, PATIENCE, Trial};

use crate::{Outcome, Run};

/// Commands that may wait at each node.
const QUEUE: &str = "32";
/// What Postgres takes to answer, so that the machine of the run can ask for ten times as much.
const SLOW: Duration = Duration::from_millis(20);
/// What a node may have in use, in KiB.
const MEMORY: u64 = 256 * 1024;
/// Until the usual load is served as before, in milliseconds.
const RECOVERY: u64 = 5_000;

pub async fn run(run: &Run) -> Result<Outcome> {
    let installation = run
        .installation()
        .proxied()
        .set("PANTHEON_LIMITS_QUEUE", QUEUE);
    let mut trial = Trial::of(run.plan(installation)).await?;
    let usual = run.usual(&trial).await;
    for node in 0..trial.cluster.size() {
        trial.cluster.link(node).postgres.set(Fault::Delay(SLOW));
    }
    let before = trial.journal.turned_away();
    let crowd = trial.crowd(run.pick(1_000, 150), 1)?;
    let seconds = usize::try_from(run.count)?;
    let until = Instant::now() + Duration::from_secs(run.count);
    let mut most = 0;
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(100)).await;
        for node in 0..trial.cluster.size() {
            most = trial.cluster.process(node)?.memory()?.max(most);
        }
    }
    let refused = trial.journal.turned_away() - before;
    for node in 0..trial.cluster.size() {
        trial.cluster.link(node).postgres.heal();
    }
    // Who was not answered asks until it is; then only the usual load is left.
    let odd = crowd.odd();
    crowd.settle(PATIENCE).await?;
    let healed = Instant::now();
    trial.acknowledges(50).await;
    let took = u64::try_from(healed.elapsed().as_millis())?;
    trial
        .gauges
        .push(run.within("ms until the usual load was served", took, RECOVERY));
    trial.gauges.push(Gauge {
        name: "KiB in use under overload".to_owned(),
        value: most,
        most: MEMORY,
    });
    run.recovers(&mut trial, usual).await;
    let mut outcome = run.judge(trial, run.count).await?;
    outcome.holds(refused > 10 * seconds, || {
        format!("only {refused} were refused in {seconds} s: this was no overload")
    });
    for odd in odd {
        outcome.finds(format!(
            "an answer without a word on when to come back: {odd}"
        ));
    }
    Ok(outcome)
}
