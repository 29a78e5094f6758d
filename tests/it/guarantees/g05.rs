//! G5: NATS may forget everything, while everybody goes on.

use anyhow::{Context, Result, ensure};
use pantheon_harness::{Cluster, Door, Trial, evidence::Mirrored, soon};
use pantheon_nats::topology::STREAM;

use super::installation;

/// The copy is whole: one message for every position, from the first.
fn whole(mirror: &[Mirrored], head: i64) -> Result<()> {
    let numbers: Vec<u64> = mirror.iter().map(|message| message.sequence).collect();
    let all: Vec<u64> = (1..=u64::try_from(mirror.len())?).collect();
    ensure!(
        numbers == all,
        "stream sequence = log position: {numbers:?}"
    );
    ensure!(
        i64::try_from(mirror.len())? >= head,
        "{} of {head}",
        mirror.len()
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn g05_jetstreams_whole_store_wiped_under_load_is_refilled() -> Result<()> {
    let mut trial = Trial::start(installation().nodes(2), 6).await?;
    trial.follow(Door::WebSocket);
    let mut random = trial.seed.random(1);
    for _ in 0..3 {
        trial.goes_on(&mut random).await;
        trial.cluster.nats.kill9().await;
        trial.cluster.nats.wipe_store()?;
        trial.goes_on(&mut random).await;
        trial.cluster.nats.restart().await?;
    }
    trial.goes_on(&mut random).await;
    // The judge holds the copy, an outside reader of it and a live client against the log.
    let (cluster, report) = trial.judge().await?;
    ensure!(
        report.ok == report.operations,
        "no command felt it: {report:?}"
    );
    let head = cluster.log().await?.last().context("events")?.position;
    whole(&cluster.mirror_up_to(head).await?, head)
}

#[tokio::test(flavor = "multi_thread")]
async fn g05_the_stream_deleted_under_a_running_node_is_refilled() -> Result<()> {
    let trial = Trial::start(installation(), 6).await?;
    let mut random = trial.seed.random(1);
    let jet = async_nats::jetstream::new(trial.cluster.bus().await?);
    for _ in 0..4 {
        trial.goes_on(&mut random).await;
        // The one before may only just be on its way back.
        soon(async || jet.delete_stream(STREAM).await).await;
    }
    trial.goes_on(&mut random).await;
    let (cluster, _) = trial.judge().await?;
    let head = cluster.log().await?.last().context("events")?.position;
    whole(&cluster.mirror_up_to(head).await?, head)
}

#[tokio::test(flavor = "multi_thread")]
async fn g05_a_store_wiped_while_nobody_writes_is_refilled_without_a_new_event() -> Result<()> {
    // Not even the node says anything about its machine.
    let still = installation().set("PANTHEON_SYSTEM_SAMPLE", "1 h");
    let mut cluster = Cluster::start(still).await?;
    let api = cluster.api(0)?;
    for n in 0..20 {
        let body = serde_json::json!({ "name": format!("task {n}") });
        api.post("/tasks", &body).await?.expect(201)?;
    }
    let head = cluster.log().await?.last().context("events")?.position;
    cluster.mirror_up_to(head).await?;
    cluster.nats.kill9().await;
    cluster.nats.wipe_store()?;
    cluster.nats.restart().await?;
    whole(&cluster.mirror_up_to(head).await?, head)?;

    let jet = async_nats::jetstream::new(cluster.bus().await?);
    jet.delete_stream(STREAM).await?;
    whole(&cluster.mirror_up_to(head).await?, head)
}
