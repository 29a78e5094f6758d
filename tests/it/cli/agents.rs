//! `agent enroll|list|revoke|simulate`.

use serde_json::{Value, json};

use super::words::Cli;
use crate::world::World;

#[tokio::test]
async fn an_agent_is_enrolled_with_credentials_listed_and_revoked() {
    let world = World::new().await;
    let cli = Cli::of(&world);
    let enroll = [
        "agent", "enroll", "worker-7", "--type", "codegen", "--name", "Seven",
    ];
    let enrolled = cli.json(&enroll).await;
    assert_eq!(
        (&enrolled["id"], &enrolled["name"]),
        (&json!("worker-7"), &json!("Seven"))
    );
    let seed = enrolled["credentials"]["seed"].as_str().expect("a seed");
    assert!(seed.starts_with("SU"), "{seed}");
    assert_eq!(
        enrolled["credentials"]["nats_url"],
        Value::Null,
        "this node has no bus"
    );
    cli.ends(&enroll, 5).await;
    cli.ends(&["agent", "enroll", "--type", "chef"], 1).await;

    let table = cli.ok(&["agent", "enroll", "--type", "codegen"]).await;
    let token = table
        .lines()
        .find(|line| line.trim_start().starts_with("credentials.token "));
    let token = token
        .expect("the token")
        .split_whitespace()
        .last()
        .expect("it");
    assert_eq!(
        token.split('.').count(),
        3,
        "a token stays on one line: {table}"
    );

    let (_, agents) = world.get("/agents").await;
    assert_eq!(
        cli.json(&["agent", "list"]).await.as_array().map(Vec::len),
        agents.as_array().map(Vec::len)
    );
    let listed = cli.ndjson(&["agent", "list"]).await;
    assert!(listed.iter().any(|agent| agent["id"] == "worker-7"));
    assert!(cli.ok(&["agent", "list"]).await.contains("worker-7"));

    cli.ok(&["agent", "revoke", "worker-7"]).await;
    let agent = world.current("/agents/worker-7").await;
    assert_eq!(agent["enrolled"], false, "{agent}");
    cli.ends(&["agent", "revoke", "nobody"], 3).await;
}

#[tokio::test]
async fn simulated_agents_speak_over_nats_with_keys_of_their_own_and_are_reported() {
    let world = World::with_bus(&[]).await;
    let cli = Cli::of(&world);
    let task = world.named("for a simulated agent").await;
    let simulate = [
        "agent",
        "simulate",
        "--count",
        "4",
        "--rate",
        "20",
        "--duration",
        "4s",
        "--seed",
        "7",
    ];
    let report = cli.json(&simulate).await;
    let number = |name: &str| report[name].as_u64().expect("a number");
    assert!(
        number("acknowledged") > 0 && number("sent") >= number("acknowledged"),
        "{report}"
    );
    assert_eq!(number("lost"), 0, "{report}");
    let latency = |name: &str| report["latency_ms"][name].as_f64().expect("a time");
    assert!(
        latency("p50") > 0.05,
        "an answer comes after a commit: {report}"
    );
    assert!(
        latency("p50") <= latency("p95") && latency("p99") <= latency("max"),
        "{report}"
    );
    let (_, agents) = world.get("/agents").await;
    let spoke = agents.as_array().expect("agents").iter().filter(|agent| {
        agent["id"]
            .as_str()
            .is_some_and(|id| id.starts_with("sim-"))
            && agent["status"] == "active"
    });
    assert_eq!(spoke.count(), 4, "{agents}");
    let events = world.events("task", &task).await;
    assert!(
        events.iter().any(|(kind, _)| kind == "task_started"),
        "{events:?}"
    );
}

#[tokio::test]
async fn a_simulation_without_a_bus_is_told_so() {
    let world = World::new().await;
    let ended = Cli::of(&world)
        .ends(
            &["agent", "simulate", "--duration", "1s", "--count", "1"],
            2,
        )
        .await;
    assert!(ended.err.contains("--nats"), "{}", ended.err);
}
