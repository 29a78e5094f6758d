//! CON-37: alerts are raised and resolved by what happens, and listed (`systems/console.md` §7).

use pantheon_harness::soon;
use serde_json::{Value, json};

use super::words::fields;
use crate::world::World;

/// The alerts of a kind, once there are so many.
async fn alerts(world: &World, query: &str, count: usize) -> Vec<Value> {
    let path = format!("/system/alerts?{query}");
    let list = async || {
        let list = world.current(&path).await;
        list["items"].as_array().expect("items").clone()
    };
    soon(async || {
        let now = list().await;
        match now.len() == count {
            true => Ok(now),
            false => Err(format!("{now:#?}")),
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn con_37_a_lost_agent_raises_one_alert_until_it_is_heard_of_again() {
    let world = World::new().await;
    let agent = world.agent("worker-1", "codegen").await;
    world.beat(&agent, json!({})).await;
    assert_eq!(alerts(&world, "open=true", 0).await, Vec::<Value>::new());
    world.time.pass(301);
    let raised = alerts(&world, "open=true", 1).await.remove(0);
    assert_eq!(
        fields(&raised),
        [
            "id",
            "severity",
            "title",
            "description",
            "source",
            "subject",
            "raised_at"
        ]
    );
    for (field, value) in [
        ("severity", "warning"),
        ("source", "agent"),
        ("subject", "worker-1"),
    ] {
        assert_eq!(raised[field], value, "{raised}");
    }
    assert_eq!(alerts(&world, "severity=critical", 0).await.len(), 0);
    world.beat(&agent, json!({})).await;
    alerts(&world, "open=true", 0).await;
    let over = alerts(&world, "open=false", 1).await.remove(0);
    assert_eq!(over["id"], raised["id"]);
    assert!(over["resolved_at"].is_string(), "{over}");
}

#[tokio::test(flavor = "multi_thread")]
async fn con_37_a_failed_deployment_raises_a_critical_alert() {
    let world = World::new().await;
    world.deploy("staging", "v1").await;
    // Its ten minutes count from its release. Nobody begins it, so it is given up in the end.
    world.happens("staging", "deployment_released").await;
    world.time.pass(3_600);
    let raised = alerts(&world, "open=true&severity=critical", 1)
        .await
        .remove(0);
    assert_eq!(raised["source"], "deployment", "{raised}");
    assert_eq!(raised["subject"], "staging", "{raised}");
}
