//! Claims by agents (CON-20).

use std::time::Duration;

use pantheon_events::agents::{ConfigureAgent, PauseAgent};
use pantheon_events::{Actor, CommandContext, CommandId};
use pantheon_harness::eventually;
use serde_json::{Value, json};

use crate::world::{ADMIN, World};

#[tokio::test]
async fn an_agent_gets_the_first_ready_task_that_fits() {
    let world = World::new().await;
    let agent = world.agent("worker-1", "codegen").await;
    world
        .task(json!({ "name": "other type", "priority": "P0", "agent_type": "review" }))
        .await;
    world
        .task(json!({ "name": "cannot", "priority": "P0", "required_capability": "fly" }))
        .await;
    let assigned = world
        .task(json!({ "name": "meant for another", "priority": "P0" }))
        .await;
    world
        .done(&assigned, "assign", json!({ "assigned_to": "review" }))
        .await;
    let first = world
        .task(json!({ "name": "older", "priority": "P1" }))
        .await;
    let second = world
        .task(json!({ "name": "newer", "priority": "P1", "required_capability": "fix.apply" }))
        .await;
    let blocked = world
        .task(json!({ "name": "blocked", "priority": "P0", "depends_on": [first] }))
        .await;
    for wanted in [&second, &first] {
        let got = world.claim(&agent, None).await.expect("a task");
        assert_eq!(got["task"]["id"], **wanted, "{got}");
        assert_eq!(
            (&got["task"]["status"], &got["task"]["assigned_to"]),
            (&json!("running"), &json!("worker-1"))
        );
    }
    let none = world.claim(&agent, None).await.expect("an answer");
    assert_eq!(none["task"], Value::Null);
    world.done(&first, "complete", json!({})).await;
    let got = world.claim(&agent, None).await.expect("a task");
    assert_eq!(got["task"]["id"], *blocked);
}

#[tokio::test]
async fn a_repeated_claim_gets_the_first_task_again() {
    let world = World::new().await;
    let agent = world.agent("worker-1", "codegen").await;
    let id = CommandId::generate();
    let nothing = world
        .claim_again(&agent, None, id)
        .await
        .expect("an answer");
    assert_eq!(nothing["task"], Value::Null);
    let (older, newer) = (world.named("older").await, world.named("newer").await);
    let first = world.claim_again(&agent, None, id).await.expect("a task");
    let again = world.claim_again(&agent, None, id).await.expect("a task");
    assert_eq!(
        (&first["task"]["id"], &again["task"]["id"]),
        (&json!(newer), &json!(newer))
    );
    assert_eq!(
        (&first["verdict"], &again["verdict"]),
        (&json!("accepted"), &json!("duplicate"))
    );
    assert_eq!(world.now(&older).await["status"], "pending");
    assert_eq!(
        world.claim_again(&agent, Some(&older), id).await,
        Err("command_mismatch".to_owned())
    );
}

#[tokio::test]
async fn an_agent_holds_no_more_than_it_may() {
    let world = World::new().await;
    let agent = world.agent("worker-1", "codegen").await;
    let one = ConfigureAgent {
        max_concurrent_tasks: Some(1),
        ..ConfigureAgent::default()
    };
    let by = CommandContext::new(world.tenant, Actor::human(ADMIN), None);
    let agents = &world.node.app().commands.agents;
    agents
        .dispatch("worker-1", one, by)
        .await
        .expect("configured");
    let (first, second) = (world.named("first").await, world.named("second").await);
    world.claim(&agent, Some(&first)).await.expect("claimed");
    assert_eq!(
        world.claim(&agent, None).await,
        Err("agent_busy".to_owned())
    );
    assert_eq!(
        world.claim(&agent, Some(&second)).await,
        Err("agent_busy".to_owned())
    );
    world.done(&first, "complete", json!({})).await;
    world.claim(&agent, None).await.expect("claimed");
}

#[tokio::test]
async fn a_paused_agent_claims_nothing() {
    let world = World::new().await;
    let agent = world.agent("worker-1", "codegen").await;
    let task = world.named("waits").await;
    let by = CommandContext::new(world.tenant, Actor::human(ADMIN), None);
    let agents = &world.node.app().commands.agents;
    agents
        .dispatch("worker-1", PauseAgent {}, by)
        .await
        .expect("paused");
    assert_eq!(
        world.claim(&agent, None).await.expect("an answer")["task"],
        Value::Null
    );
    assert_eq!(
        world.claim(&agent, Some(&task)).await,
        Err("agent_not_running".to_owned())
    );
}

#[tokio::test]
async fn a_task_rests_after_a_failed_attempt_and_is_then_claimed_again() {
    let world = World::new().await;
    let agent = world.agent("worker-1", "codegen").await;
    let task = world.named("rests").await;
    world.done(&task, "start", json!({})).await;
    world.done(&task, "fail", json!({})).await;
    assert_eq!(
        world.claim(&agent, Some(&task)).await,
        Err("invalid_transition".to_owned())
    );
    let got = eventually(Duration::from_secs(5), async || {
        let got = world.claim(&agent, None).await.ok()?;
        got["task"].is_object().then_some(got)
    });
    assert_eq!(got.await["task"]["id"], *task);
}
