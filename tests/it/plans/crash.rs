//! A plan's tasks and edges are made exactly once, whatever happens meanwhile (CON-28, CON-87).

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use pantheon_harness::{Cluster, ClusterOptions, eventually};
use serde_json::json;

const TASKS: usize = 150;

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_killed_while_it_makes_a_plan_makes_each_task_and_edge_once() -> Result<()> {
    let options = ClusterOptions::new(env!("CARGO_BIN_EXE_pantheon"));
    let mut cluster = Cluster::start(options).await?;
    let api = cluster.api(0)?;
    let tasks = (0..TASKS).map(|n| {
        let on: Vec<_> = [n.checked_sub(1), n.checked_sub(3)]
            .into_iter()
            .flatten()
            .collect();
        let on: Vec<_> = on.iter().map(ToString::to_string).collect();
        json!({ "id": n.to_string(), "name": format!("task {n}"), "depends_on": on })
    });
    let body = json!({ "name": "long", "tasks": tasks.collect::<Vec<_>>() });
    let plan = api.post("/plans", &body).await?.expect(201)?;
    let plan = plan.body["id"].as_str().context("an id")?.to_owned();
    let of_it = |events: &[pantheon_harness::evidence::Logged]| {
        let of_plan = |event: &&pantheon_harness::evidence::Logged| {
            event.event_type == "task_created" && event.payload["plan_id"] == plan.as_str()
        };
        events.iter().filter(of_plan).count()
    };
    let half = Duration::from_secs(60);
    eventually(half, async || match of_it(&cluster.log().await?) {
        0 => anyhow::bail!("none yet"),
        _ => Ok(()),
    })
    .await;
    cluster.kill_node(0).await?;
    let at_the_kill = of_it(&cluster.log().await?);
    cluster.start_node(0).await?;
    eventually(half, async || {
        let made = of_it(&cluster.log().await?);
        ensure!(made >= TASKS, "{made} of {TASKS}");
        Ok(())
    })
    .await;
    // From the beginning once more, as a node does that lost its place.
    cluster.stop_node(0).await?;
    sqlx::query("delete from process_checkpoints where name = 'plan_tasks'")
        .execute(cluster.pool())
        .await?;
    cluster.start_node(0).await?;
    let api = cluster.api(0)?;
    let second = json!({ "name": "after", "tasks": [{ "id": "a", "name": "a" }] });
    let second = api.post("/plans", &second).await?.expect(201)?;
    let second = second.body["id"].as_str().context("an id")?;
    eventually(half, async || {
        let tasks = api.get(&format!("/tasks?plan_id={second}")).await?;
        ensure!(tasks.body["total"] == 1, "{tasks:?}");
        Ok(())
    })
    .await;
    let log = cluster.log().await?;
    let edges = log
        .iter()
        .filter(|event| event.event_type == "task_dependency_added");
    ensure!(
        of_it(&log) == TASKS,
        "{at_the_kill} at the kill, {} then",
        of_it(&log)
    );
    ensure!(
        edges.clone().count() == (TASKS - 1) + (TASKS - 3),
        "{}",
        edges.count()
    );
    Ok(())
}
