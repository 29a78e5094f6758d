//! G11: overload is refused, never absorbed.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use futures_util::future::join_all;
use pantheon_harness::journal::Answer;
use pantheon_harness::load::answer;
use pantheon_harness::{Api, Journal, Load, PATIENCE, Trial, eventually, send};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::installation;

/// How many commands may wait in these tests.
const QUEUE: &str = "32";
/// How much a node may grow while it is asked for more than it can take, in KiB.
const GROWTH: u64 = 48 * 1024;

/// Resident memory in KiB.
fn memory(trial: &Trial) -> Result<u64> {
    let pid = trial.cluster.process(0)?.pid().context("it runs")?;
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line
        .context("resident memory")?
        .trim()
        .trim_end_matches(" kB");
    Ok(number.parse()?)
}

/// A client that does not come back.
async fn once(api: &Api, journal: &Journal) {
    let id = Uuid::now_v7();
    journal.sends(id, "create_task", 1);
    let request = api.request(Method::POST, "/api/v1/tasks");
    let request = request.header("idempotency-key", id.to_string());
    let reply = send(request.json(&json!({ "name": "given up" }))).await;
    journal.hears(id, reply.map_or(Answer::Unknown, |reply| answer(&reply)));
}

#[tokio::test(flavor = "multi_thread")]
async fn g11_more_than_a_node_can_write_is_refused_at_once_and_memory_stays_flat() -> Result<()> {
    let options = installation().set("PANTHEON_LIMITS_QUEUE", QUEUE);
    let trial = Trial::start(options, 8).await?;
    trial.acknowledges(200).await;
    let api = trial.cluster.api(0)?;
    let before = memory(&trial)?;

    // The log is held: nothing can be written, and everybody wants to.
    let mut held = trial.cluster.pool().begin().await?;
    sqlx::query("select lock_log()").execute(&mut *held).await?;
    let crowd = Load::start(vec![api.clone()], &trial.journal, 150, trial.seed.part(1));
    let refused = eventually(PATIENCE, async || {
        let body = json!({ "name": "one too many" });
        let reply = api.post("/tasks", &body).await?;
        ensure!(reply.code() == "overloaded", "{}", reply.text);
        Ok(reply)
    })
    .await
    .expect(503)?;
    ensure!(
        refused.headers.contains_key("retry-after"),
        "{:?}",
        refused.headers
    );
    // Some give up after one refusal, the others insist.
    let gave_up = (0..100).map(|_| once(&api, &trial.journal));
    join_all(gave_up).await;
    let mut most = before;
    eventually(PATIENCE, async || {
        most = most.max(memory(&trial)?);
        let count = trial.journal.turned_away();
        ensure!(count >= 4_000, "{count} were turned away");
        anyhow::Ok(())
    })
    .await;
    // Those who look are still served.
    api.get("/tasks?limit=1").await?.expect(200)?;
    ensure!(
        most < before + GROWTH,
        "it grew from {before} KiB to {most} KiB"
    );

    held.rollback().await?;
    let released = std::time::Instant::now();
    trial.acknowledges(100).await;
    ensure!(
        released.elapsed() < Duration::from_secs(10),
        "{:?}",
        released.elapsed()
    );
    crowd.settle(PATIENCE).await?;
    let after = memory(&trial)?;
    ensure!(
        after < before + GROWTH,
        "it stays at {after} KiB, from {before} KiB"
    );
    // None of those turned away took effect; all that were answered did.
    let (_cluster, report) = trial.judge().await?;
    ensure!(report.refused >= 50, "{report:?}");
    Ok(())
}
