//! F10: one node is cut off from Postgres or from nats-server: reset, or silent in both directions
//! or in one.

use std::time::{Duration, Instant};

use anyhow::Result;
use pantheon_harness::{Fault, Trial};
use rand::Rng;

use crate::probe::{Felt, Probe, quantile};
use crate::{Outcome, Run};

const PARTITIONS: [Fault; 4] = [
    Fault::Refuse,
    Fault::Stall,
    Fault::StallRequests,
    Fault::StallReplies,
];
/// A caller is answered within this time, whatever is away, in milliseconds: the writer's patience and
/// a little more.
const ANSWERED: u64 = 7_000;
/// What a command may take longer while NATS is away: a tenth, and what the clock's grain hides.
const SLOWER: f64 = 1.1;
const GRAIN: f64 = 1.0;

pub async fn run(run: &Run) -> Result<Outcome> {
    let mut trial = Trial::of(run.plan(run.installation().proxied())).await?;
    let mut random = run.seed.random(1);
    let usual = run.usual(&trial).await;
    let mut findings = Vec::new();
    for number in 0..run.count {
        let node = random.random_range(0..2);
        // In turn, so that a short form has both.
        let postgres = number % 2 == 0;
        let fault = PARTITIONS[random.random_range(0..PARTITIONS.len())];
        let probe = Probe::start(
            trial.cluster.api(node)?,
            &trial.journal,
            run.seed.random(100 + number),
            Duration::from_millis(20),
        );
        let begun = Instant::now();
        run.lull(&trial, &mut random, 3.0..5.0).await;
        let before = probe.since(begun);
        let links = trial.cluster.link(node);
        let link = if postgres {
            &links.postgres
        } else {
            &links.nats
        };
        let since = Instant::now();
        link.set(fault);
        let seconds = run.pick(
            random.random_range(1.0..60.0),
            random.random_range(1.0..3.0),
        );
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        let during = probe.since(since);
        trial.cluster.link(node).postgres.heal();
        trial.cluster.link(node).nats.heal();
        trial.cluster.well(node).await?;
        let felt = probe.end().await?;
        let slowest = quantile(&felt, 1.0) as u64;
        let name = format!("ms that a caller waited at most ({fault:?}, Postgres: {postgres})");
        trial.gauges.push(run.within(&name, slowest, ANSWERED));
        findings.extend(felt.iter().filter_map(|one| misled(one, postgres)));
        if run.is_full() && !postgres {
            findings.extend(slower(&before, &during));
        }
    }
    run.recovers(&mut trial, usual).await;
    let mut outcome = run.judge(trial, run.count).await?;
    for finding in findings {
        outcome.finds(finding);
    }
    Ok(outcome)
}

/// An answer that nobody should get: without Postgres 503 and when to come back, without NATS none
/// but the usual one.
fn misled(felt: &Felt, postgres: bool) -> Option<String> {
    let away = postgres && felt.status == Some(503) && felt.retry_after;
    (!felt.is_done() && !away).then(|| format!("cut off (Postgres: {postgres}): {felt:?}"))
}

/// NATS away is not felt by a command.
fn slower(before: &[Felt], during: &[Felt]) -> Option<String> {
    let (before, during) = (quantile(before, 0.5), quantile(during, 0.5));
    (during > before * SLOWER + GRAIN)
        .then(|| format!("without NATS a command took {during:.1} ms, {before:.1} ms before"))
}
