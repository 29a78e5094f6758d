//! F21: nodes are restarted one after the other with SIGTERM, under load.

use std::time::Instant;

use anyhow::Result;
use rand::Rng;

use crate::{Outcome, Run};

/// How long a node may take to let go of everything, in milliseconds.
const DRAIN: u64 = 10_000;

pub async fn run(run: &Run) -> Result<Outcome> {
    let mut trial = run.stage().await?;
    let mut random = run.seed.random(1);
    let usual = run.usual(&trial).await;
    for number in 0..run.count {
        run.lull(&trial, &mut random, 1.0..4.0).await;
        let node = usize::try_from(number % 2)?;
        let asked = Instant::now();
        trial.cluster.stop_node(node).await?;
        let took = u64::try_from(asked.elapsed().as_millis())?;
        trial
            .gauges
            .push(run.within("ms until a node had drained", took, DRAIN));
        // The other one goes on alone.
        trial.acknowledges(random.random_range(1..10)).await;
        trial.cluster.start_node(node).await?;
    }
    run.recovers(&mut trial, usual).await;
    // Every answer that was no 503 with a time to come back is found by the judge.
    run.judge(trial, run.count).await
}
