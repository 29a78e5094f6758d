//! Attempts that are lost come back (CON-22).

use std::time::Duration;

use pantheon_events::agents::{RevokeAgent, StopAgent};
use pantheon_events::{Actor, CommandContext, Sequence};
use pantheon_harness::eventually;
use serde_json::{Value, json};

use crate::world::{ADMIN, World};

const PATIENCE: Duration = Duration::from_secs(15);

async fn until_pending(world: &World, task: &str) -> Value {
    eventually(PATIENCE, async || {
        let task = world.now(task).await;
        (task["status"] == "pending").then_some(task)
    })
    .await
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_failed_once() {
    let world = World::new().await;
    let task = world
        .task(json!({ "name": "slow", "timeout_seconds": 1 }))
        .await;
    world.done(&task, "start", json!({})).await;
    let back = until_pending(&world, &task).await;
    assert_eq!(back["retry_count"], 1);
    assert_eq!(
        back["error_message"],
        "The attempt took longer than 1 seconds."
    );
    let log = &world.node.app().log;
    let events = log
        .stream("task", &task, Sequence::ZERO, 100)
        .await
        .expect("a stream");
    let failed: Vec<_> = events
        .iter()
        .filter(|e| e.event_type == "task_failed")
        .collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].metadata.causation_id, Some(events[1].event_id));
}

#[tokio::test]
async fn a_revoked_or_stopped_holder_loses_its_tasks() {
    let world = World::new().await;
    let agents = &world.node.app().commands.agents;
    let by = || CommandContext::new(world.tenant, Actor::human(ADMIN), None);
    for (n, reason) in ["The holder was stopped.", "The holder was revoked."]
        .iter()
        .enumerate()
    {
        let id = format!("holder-{n}");
        let agent = world.agent(&id, "codegen").await;
        let task = world.named("held").await;
        world.claim(&agent, Some(&task)).await.expect("claimed");
        let lost = match n {
            0 => agents.dispatch(&id, StopAgent {}, by()).await,
            _ => agents.dispatch(&id, RevokeAgent {}, by()).await,
        };
        lost.expect("accepted");
        let back = until_pending(&world, &task).await;
        assert_eq!(back["error_message"], *reason);
        assert!(back.get("assigned_to").is_none());
    }
}

#[tokio::test]
async fn a_holder_that_falls_silent_loses_its_task() {
    let settings = [
        ("PANTHEON_HEALTH_DEGRADED_AFTER", "1s"),
        ("PANTHEON_HEALTH_UNHEALTHY_AFTER", "2s"),
    ];
    let world = World::with(&settings).await;
    let agent = world.agent("worker-1", "codegen").await;
    world.beat(&agent, json!({})).await;
    let task = world.named("held").await;
    world.claim(&agent, Some(&task)).await.expect("claimed");
    let back = until_pending(&world, &task).await;
    assert_eq!(back["retry_count"], 1);
    assert!(back.get("assigned_to").is_none(), "{back}");
}

#[tokio::test]
async fn an_attempt_that_is_lost_after_the_last_retry_fails_the_task() {
    let world = World::new().await;
    let body = json!({ "name": "slow", "timeout_seconds": 1, "max_retries": 0 });
    let task = world.task(body).await;
    world.done(&task, "start", json!({})).await;
    let failed = eventually(PATIENCE, async || {
        let task = world.now(&task).await;
        (task["status"] == "failed").then_some(task)
    })
    .await;
    assert_eq!(failed["retry_count"], 0);
    assert!(failed["failed_at"].is_string(), "{failed}");
}

#[tokio::test]
async fn the_graph_forgets_the_edges_of_ended_tasks() {
    let world = World::new().await;
    let first = world.named("first").await;
    let task = world
        .task(json!({ "name": "second", "depends_on": [first] }))
        .await;
    world.done(&task, "cancel", json!({})).await;
    let tenant = world.tenant.to_string();
    eventually(PATIENCE, async || {
        let graph = world
            .node
            .app()
            .commands
            .task_graphs
            .load(&tenant)
            .await
            .ok()?;
        (graph.aggregate.live() == 0).then_some(())
    })
    .await;
}
