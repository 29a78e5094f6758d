//! F11: nats-server is killed, and every now and then its whole store is wiped.

use anyhow::{Context, Result, ensure};

use crate::{Outcome, Run};

/// Of so many kills, one comes with a lost store.
const WIPE_EVERY: u64 = 5;

pub async fn run(run: &Run) -> Result<Outcome> {
    let mut trial = run.stage().await?;
    let mut random = run.seed.random(1);
    let usual = run.usual(&trial).await;
    for number in 1..=run.count {
        run.lull(&trial, &mut random, 2.0..5.0).await;
        trial.cluster.nats.kill9().await;
        if number % WIPE_EVERY == 0 {
            trial.cluster.nats.wipe_store()?;
        }
        run.lull(&trial, &mut random, 0.0..2.0).await;
        trial.cluster.nats.restart().await?;
    }
    run.recovers(&mut trial, usual).await;
    let felt = trial.journal.operations();
    let felt = felt.into_iter().filter(|operation| {
        operation.answers.len() == operation.sent.len() && operation.was_unknown()
    });
    let felt: Vec<String> = felt.map(|operation| format!("{operation:?}")).collect();
    let odd = trial.odd();
    let (cluster, report) = trial.conclude().await?;
    let mut outcome = run.outcome(run.count, &report);
    for felt in felt.into_iter().chain(odd) {
        outcome.finds(format!("a command felt that NATS was away: {felt}"));
    }
    // What was wiped is there again, from the first event on.
    let head = cluster.log().await?.last().context("events")?.position;
    let copy = cluster.mirror_up_to(head).await?;
    let first = copy.first().context("a copy")?.sequence;
    outcome.holds(first == 1, || format!("the copy begins at {first}"));
    ensure!(run.count > 0, "nothing was killed");
    Ok(outcome)
}
