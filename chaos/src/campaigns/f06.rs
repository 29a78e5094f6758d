//! F06: Postgres is killed, or stopped without a checkpoint, and recovers.

use std::time::{Duration, Instant};

use anyhow::Result;
use pantheon_harness::{PATIENCE, Trial, eventually};
use rand::Rng;
use serde_json::json;

use crate::{Outcome, Run};

/// How long the nodes may take once Postgres answers, in milliseconds.
const BACK: u64 = 10_000;

pub async fn run(run: &Run) -> Result<Outcome> {
    let mut trial = run.stage().await?;
    let mut random = run.seed.random(1);
    let usual = run.usual(&trial).await;
    for _ in 0..run.count {
        run.lull(&trial, &mut random, 1.0..4.0).await;
        if random.random_bool(0.5) {
            trial.cluster.postgres.kill9().await;
        } else {
            trial.cluster.postgres.stop_immediately().await?;
        }
        let away = run.pick(random.random_range(0.0..3.0), 0.0);
        tokio::time::sleep(Duration::from_secs_f64(away)).await;
        trial.cluster.postgres.restart().await?;
        let took = back(&trial).await?;
        let name = "ms until both nodes took commands after Postgres was back";
        trial.gauges.push(run.within(name, took, BACK));
    }
    run.recovers(&mut trial, usual).await;
    run.judge(trial, run.count).await
}

/// Milliseconds until every node has done a command.
async fn back(trial: &Trial) -> Result<u64> {
    let since = Instant::now();
    for api in trial.cluster.apis()? {
        eventually(PATIENCE, async || {
            let done = api.post("/tasks", &json!({ "name": "back" })).await?;
            anyhow::ensure!(done.status.is_success(), "{}", done.text);
            Ok(())
        })
        .await;
    }
    Ok(u64::try_from(since.elapsed().as_millis())?)
}
