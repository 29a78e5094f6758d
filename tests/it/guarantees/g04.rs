//! G4: every consumer proves contiguity. A log with a hole, which no code of ours can make, stops
//! each of them before it and raises the alarm.

use anyhow::{Context, Result, ensure};
use futures_util::future::join_all;
use pantheon_harness::{Cluster, PATIENCE, eventually};
use serde_json::json;

use super::installation;
use super::live::first_positions;

/// Takes one event out, past the trigger that refuses it.
async fn tear(cluster: &Cluster, position: i64) -> Result<()> {
    let mut transaction = cluster.pool().begin().await?;
    sqlx::raw_sql("set local session_replication_role = replica")
        .execute(&mut *transaction)
        .await?;
    let torn = sqlx::query("delete from events where position = $1").bind(position);
    let torn = torn.execute(&mut *transaction).await?.rows_affected();
    ensure!(torn == 1, "{torn} events were taken out");
    Ok(transaction.commit().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn g04_a_hole_in_the_log_stops_every_consumer_before_it_and_raises_the_alarm() -> Result<()> {
    let mut cluster = Cluster::start(installation().set("PANTHEON_ROLE", "api")).await?;
    // All at once: without a projector each answer waits for the read model in vain.
    let api = cluster.api(0)?;
    let bodies = (0..30).map(|n| json!({ "name": format!("task {n}") }));
    let made = bodies.map(async |body| api.post("/tasks", &body).await);
    for made in join_all(made).await {
        made?.expect(202)?;
    }
    cluster.stop_node(0).await?;
    let head = cluster.log().await?.last().context("events")?.position;
    let hole = head - 10;
    tear(&cluster, hole).await?;

    cluster.set("PANTHEON_ROLE", "api,projector,relay,live");
    cluster.start_node(0).await?;
    let api = cluster.api(0)?;
    for part in [
        "integrity",
        "relay",
        "projection:tasks",
        "projection:agents",
        "projection:activity",
    ] {
        eventually(PATIENCE, async || {
            let part = api.part(part).await?;
            ensure!(part["ok"] == false, "{part}");
            anyhow::Ok(())
        })
        .await;
    }
    let ready = api.ready().await?.expect(503)?;
    ensure!(api.metric("pantheon_integrity_violations_total").await? > 0.0);
    for part in ready.body["checks"].as_array().into_iter().flatten() {
        let position = part["position"].as_str().unwrap_or("0");
        let name = part["name"].as_str().unwrap_or_default();
        let reads_all = name == "relay" || name.starts_with("projection:");
        let at: i64 = position.parse()?;
        ensure!(!reads_all || at < hole, "{part} passed the hole at {hole}");
    }
    // Neither the copy, nor a live client, nor a page of the log shows what lies behind the hole.
    let copy = pantheon_harness::evidence::mirror(cluster.bus().await?)
        .await
        .unwrap_or_default();
    ensure!(
        copy.iter()
            .all(|message| i64::try_from(message.sequence).is_ok_and(|n| n < hole))
    );
    let seen = first_positions(&cluster, 0).await?;
    let whole: Vec<i64> = (1..hole).collect();
    ensure!(whole.starts_with(&seen), "the live stream gave {seen:?}");
    let page = api.get("/events?after=0&limit=1000").await?;
    let items = page.body["items"].as_array().map_or(0, Vec::len);
    ensure!(
        page.status.is_server_error() || i64::try_from(items)? < hole,
        "a page over the hole: {items} events"
    );
    Ok(())
}
