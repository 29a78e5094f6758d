//! F12: the node that relays stands still for longer than JetStream remembers message ids, another one
//! takes over, and the first wakes up in mid-publish: two relays, and nothing to tell a repeat by but
//! the stream's own numbers.

use std::time::Duration;

use anyhow::Result;

use crate::{Outcome, Run};

/// So long JetStream knows a message id.
const REMEMBERED: Duration = Duration::from_secs(2);
/// Longer than that, and than a lease: the other node relays.
const ASLEEP: Duration = Duration::from_secs(6);

pub async fn run(run: &Run) -> Result<Outcome> {
    let mut trial = run.stage().await?;
    let mut random = run.seed.random(1);
    let usual = run.usual(&trial).await;
    // Kept short: each relay that takes over brings its own setting.
    let forgetful = trial.cluster.forgetful(REMEMBERED).await?;
    for number in 0..run.count {
        run.lull(&trial, &mut random, 2.0..6.0).await;
        // In turn: one of two is the one that relays.
        let node = usize::try_from(number % 2)?;
        trial.cluster.pause_node(node)?;
        tokio::time::sleep(ASLEEP).await;
        trial.cluster.resume_node(node)?;
        trial.cluster.well(node).await?;
    }
    drop(forgetful);
    run.recovers(&mut trial, usual).await;
    // The judge holds the copy message by message against the log, and a reader of it.
    run.judge(trial, run.count).await
}
