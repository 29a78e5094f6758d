//! F01: a random node is killed with SIGKILL, again and again.

use anyhow::Result;
use rand::Rng;

use crate::{Outcome, Run};

pub async fn run(run: &Run) -> Result<Outcome> {
    let mut trial = run.stage().await?;
    let mut random = run.seed.random(1);
    let usual = run.usual(&trial).await;
    for _ in 0..run.count {
        run.lull(&trial, &mut random, 2.0..6.0).await;
        let node = random.random_range(0..trial.cluster.size());
        trial.cluster.kill_node(node).await?;
        // The other one goes on alone.
        trial.acknowledges(random.random_range(1..10)).await;
        trial.cluster.start_node(node).await?;
    }
    run.recovers(&mut trial, usual).await;
    run.judge(trial, run.count).await
}
