//! CON-33: system metrics sampled as events, seven fields, alias.

use pantheon::auth::Role;
use pantheon_events::nodes::{SampleSystemMetrics, StartNode};
use pantheon_events::{Actor, CommandContext};
use pantheon_harness::{eventually, soon};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

use super::words::fields;
use crate::products::words::types;
use crate::world::{World, answer};

const OFTEN: [(&str, &str); 1] = [("PANTHEON_SYSTEM_SAMPLE", "1s")];

fn nodes(metrics: &Value) -> &Vec<Value> {
    metrics["nodes"].as_array().expect("nodes")
}

/// CON-33: "(percent 0–100, mean over live nodes)", "+ `nodes[]`".
#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_are_the_mean_over_the_live_nodes() {
    let world = World::with(&OFTEN).await;
    let other = world.beside().await;
    let metrics = soon(async || {
        let (_, metrics) = world.get("/system/metrics").await;
        (nodes(&metrics).len() == 2).then_some(metrics)
    })
    .await;
    assert_eq!(
        fields(&metrics),
        [
            "cpu_usage",
            "memory_usage",
            "disk_usage",
            "active_agents",
            "total_tasks",
            "completed_tasks",
            "uptime_seconds",
            "nodes"
        ]
    );
    for field in ["cpu_usage", "memory_usage", "disk_usage"] {
        let of = |value: &Value| value[field].as_f64().expect("a number");
        let mean = nodes(&metrics).iter().map(of).sum::<f64>() / 2.0;
        let shown = of(&metrics);
        assert!((0.0..=100.0).contains(&shown), "{field}: {metrics}");
        assert!((shown - mean).abs() <= 0.051, "{field}: {metrics}");
    }
    assert!(metrics["uptime_seconds"].is_i64(), "{metrics}");
    let ids: Vec<_> = nodes(&metrics)
        .iter()
        .map(|node| node["id"].clone())
        .collect();
    for node in [&world, &other] {
        assert!(ids.contains(&json!(node.node.app().node)), "{ids:?}");
    }
}

/// CON-33: `node_started`, `system_metrics_sampled` every `PANTHEON_SYSTEM_SAMPLE`, `node_stopped`.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_says_in_the_log_that_it_starts_how_it_is_and_that_it_stops() {
    let world = World::with(&OFTEN).await;
    let other = world.beside().await;
    let name = other.node.app().node.clone();
    let events = soon(async || {
        let events = world.events("node", &name).await;
        (events.len() >= 3).then_some(events)
    })
    .await;
    assert_eq!(
        types(&events)[..3],
        [
            "node_started",
            "system_metrics_sampled",
            "system_metrics_sampled"
        ]
    );
    assert_eq!(fields(&events[0].1), ["version", "parts"]);
    assert_eq!(
        fields(&events[1].1),
        ["cpu_usage", "memory_usage", "disk_usage", "uptime_seconds"]
    );
    other.node.stop().await;
    let events = world.events("node", &name).await;
    assert_eq!(types(&events).last(), Some(&"node_stopped"));
    let metrics = world.current("/system/metrics").await;
    assert!(
        nodes(&metrics)
            .iter()
            .all(|node| node["id"] != name.as_str()),
        "{metrics}"
    );
}

/// CON-33: what was not heard of for three samples is not alive, though it never said goodbye.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_fell_silent_is_not_counted() {
    let world = World::with(&OFTEN).await;
    let app = world.node.app();
    let by = || CommandContext::new(world.tenant, Actor::system("host"), None);
    let start = StartNode {
        parts: Vec::new(),
        version: "0".to_owned(),
    };
    let started = app
        .commands
        .nodes
        .dispatch("node-that-crashed", start, by())
        .await;
    started.expect("it starts");
    let sample = SampleSystemMetrics {
        cpu_usage: 1.0,
        memory_usage: 2.0,
        disk_usage: 3.0,
        uptime_seconds: 4,
    };
    let sampled = app
        .commands
        .nodes
        .dispatch("node-that-crashed", sample, by())
        .await;
    sampled.expect("it is sampled");
    let crashed = |metrics: &Value| {
        let found = nodes(metrics)
            .iter()
            .find(|node| node["id"] == "node-that-crashed");
        found.cloned()
    };
    let shown = crashed(&world.current("/system/metrics").await).expect("it is alive");
    assert_eq!(
        (&shown["cpu_usage"], &shown["uptime_seconds"]),
        (&json!(1.0), &json!(4))
    );
    eventually(Duration::from_secs(15), async || {
        crashed(&world.get("/system/metrics").await.1).is_none()
    })
    .await;
}

/// CON-33, CON-89: the counts, the alias, and who may read them.
#[tokio::test(flavor = "multi_thread")]
async fn the_counts_are_of_the_caller_s_tenant_and_the_alias_answers_the_same() {
    let world = World::new().await;
    let agent = world.agent("worker-1", "codegen").await;
    world.agent("worker-2", "codegen").await;
    world.beat(&agent, json!({})).await;
    let (done, gone) = (world.named("done").await, world.named("gone").await);
    world.named("open").await;
    world.done(&done, "start", json!({})).await;
    world.done(&done, "complete", json!({})).await;
    assert_eq!(world.delete(&format!("/tasks/{gone}")).await.0, 200);
    let counts = |metrics: &Value| {
        ["active_agents", "total_tasks", "completed_tasks"].map(|name| metrics[name].clone())
    };
    for path in ["/system/metrics", "/metrics"] {
        // Three read models have their part in it.
        soon(async || {
            let metrics = world.current(path).await;
            let as_it_is = counts(&metrics) == [json!(1), json!(2), json!(1)];
            as_it_is
                .then_some(())
                .ok_or_else(|| format!("{path}: {metrics}"))
        })
        .await;
    }
    let viewer = world.role(Role::Viewer);
    for path in ["/system/metrics", "/metrics"] {
        let request = world.request_as(&viewer, Method::GET, path);
        assert_eq!(answer(request).await.0, 200);
        let request = world.request_as(&world.stranger(), Method::GET, path);
        let (status, metrics) = answer(request).await;
        assert_eq!(status, 200);
        assert_eq!(counts(&metrics), [json!(0), json!(0), json!(0)]);
        assert_eq!(
            (&metrics["nodes"], &metrics["cpu_usage"]),
            (&json!([]), &json!(0.0))
        );
    }
}
