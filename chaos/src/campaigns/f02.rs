//! F02: a random node stands still with SIGSTOP, all its connections open, and wakes up later with
//! what it believed before.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use pantheon_harness::{Api, Reply, send};
use rand::Rng;
use reqwest::Method;
use serde_json::json;

use crate::probe::{Probe, quantile};
use crate::{Outcome, Run};

/// What the other node's clients may feel, in milliseconds.
const MOST: u64 = 2_000;

pub async fn run(run: &Run) -> Result<Outcome> {
    let mut trial = run.stage().await?;
    let mut random = run.seed.random(1);
    let usual = run.usual(&trial).await;
    let mut stale = Vec::new();
    for number in 0..run.count {
        run.lull(&trial, &mut random, 2.0..6.0).await;
        let asleep = random.random_range(0..2);
        let (sleeper, other) = (trial.cluster.api(asleep)?, trial.cluster.api(1 - asleep)?);
        let task = contended(&sleeper).await?;
        let probe = Probe::start(
            other.clone(),
            &trial.journal,
            run.seed.random(100 + number),
            Duration::from_millis(20),
        );
        trial.cluster.pause_node(asleep)?;
        let since = Instant::now();
        // It waits at the sleeper's door, on a sequence that is soon of the past.
        let late = tokio::spawn(changed(sleeper, task.clone(), "stale"));
        let fresh = changed(other, task, "fresh").await?;
        ensure!(fresh.status.is_success(), "{}", fresh.text);
        let seconds = run.pick(
            random.random_range(1.0..30.0),
            random.random_range(0.5..2.0),
        );
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        let felt = probe.since(since);
        trial.cluster.resume_node(asleep)?;
        probe.end().await?;
        let p99 = quantile(&felt, 0.99) as u64;
        let name = format!("p99 at the other node while one stood still for {seconds:.1} s, in ms");
        trial.gauges.push(run.within(&name, p99, MOST));
        // Refused, or given up by its client; never written over what was written meanwhile.
        if let Ok(reply) = late.await?
            && reply.status.is_success()
        {
            stale.push(format!("{reply:?} after {:?}", fresh.position()));
        }
        trial.cluster.well(asleep).await?;
    }
    run.recovers(&mut trial, usual).await;
    let mut outcome = run.judge(trial, run.count).await?;
    for stale in stale {
        outcome.finds(format!("a stale write was accepted: {stale}"));
    }
    Ok(outcome)
}

async fn contended(api: &Api) -> Result<String> {
    let made = api.post("/tasks", &json!({ "name": "contended" })).await?;
    let id = made.body["id"].as_str();
    Ok(id.with_context(|| made.text.clone())?.to_owned())
}

/// A change that was decided on the first sequence.
async fn changed(api: Api, task: String, word: &str) -> Result<Reply> {
    let request = api.request(Method::PATCH, &format!("/api/v1/tasks/{task}"));
    let request = request.header("if-match", "\"1\"");
    send(request.json(&json!({ "description": word }))).await
}
