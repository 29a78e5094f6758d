//! G14 on a whole node: a database that falls silent, and one that takes no writes.

use std::time::Duration;

use pantheon_harness::{eventually, soon};
use reqwest::StatusCode;
use serde_json::json;
use sqlx::{Connection, PgConnection};

use crate::world::World;

/// The lock that every append takes.
const LOCK: i64 = 7_883_955_210_531_274_601;

/// The host of Postgres dies without a word and its address moves to another one. Every connection
/// of the node is dead, and none of them will ever say so.
#[tokio::test(flavor = "multi_thread")]
async fn g14_a_node_whose_connections_all_died_silently_heals_by_itself() {
    let (world, proxy) = World::behind_proxy(&[]).await;
    world.agent("worker-1", "codegen").await;
    world.current("/agents/worker-1").await;
    soon(async || world.failing().await.is_empty()).await;
    proxy.abandon();

    let within = Duration::from_secs(75);
    eventually(within, async || {
        let (status, body) = world.post("/agents", json!({ "type": "codegen" })).await;
        if status.is_success() {
            Ok(())
        } else {
            Err(format!("{status} {body}"))
        }
    })
    .await;
    eventually(within, async || {
        let failing = world.failing().await;
        if failing.is_empty() {
            Ok(())
        } else {
            Err(format!("{failing:?}"))
        }
    })
    .await;
    world.agent("worker-2", "codegen").await;
    let shown = world.current("/agents/worker-2").await;
    assert_eq!(shown["id"], "worker-2");
}

#[tokio::test(flavor = "multi_thread")]
async fn g14_a_log_that_takes_no_appends_is_told_within_5_seconds_although_nobody_writes() {
    let world = World::with(&[("PANTHEON_SYSTEM_SAMPLE", "1 h")]).await;
    soon(async || world.failing().await.is_empty()).await;
    let options = world.database.connect_options().expect("options");
    let mut other = PgConnection::connect_with(&options)
        .await
        .expect("connected");
    let lock = sqlx::query("select pg_advisory_lock($1)").bind(LOCK);
    lock.execute(&mut other).await.expect("held");
    let writer = "writer".to_owned();
    let told = async || world.failing().await.contains(&writer);
    eventually(Duration::from_secs(6), told).await;
    let (status, _) = world.get("/agents").await;
    assert_eq!(status, StatusCode::OK, "reading goes on");
    other.close().await.expect("the lock is free");
    soon(async || world.failing().await.is_empty()).await;
}
