use std::time::Duration;

use anyhow::Result;
use async_nats::connection::State;
use pantheon_harness::{eventually, soon};
use reqwest::Method;
use serde_json::json;

use super::fleet::Fleet;
use crate::world::{OnBus, World};

async fn join(fleet: &Fleet, id: &str) -> OnBus {
    let keys = World::enrol(fleet, id, "codegen").await;
    fleet.join(&keys).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_heard_and_told_over_the_bus() -> Result<()> {
    let fleet = Fleet::with_bus().await?;
    let mut agent = join(&fleet, "worker-1").await;
    agent.beat("a").await;
    assert_eq!(
        agent.told().await["tell"],
        "start",
        "who came is told what is wanted"
    );
    fleet.post("/agents/worker-1/pause", json!({})).await?;
    assert_eq!(agent.told().await["tell"], "pause");
    agent.done("confirm_control", json!({})).await;
    soon(async || {
        let shown = fleet.get("/agents/worker-1").await;
        shown.is_ok_and(|agent| agent["status"] == "idle")
    })
    .await;
    fleet
        .post("/agents/worker-1/configure", json!({"retryAttempts": 1}))
        .await?;
    let told = agent.told().await;
    assert_eq!(
        (&told["tell"], &told["data"]["retryAttempts"]),
        (&json!("configure"), &json!(1))
    );
    for (command, data) in [
        ("report_error", json!({"error": "oops"})),
        ("append_log", json!({"entries": [{"message": "hello"}]})),
    ] {
        agent.done(command, data).await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_an_absent_agent_is_told_when_it_comes() -> Result<()> {
    let fleet = Fleet::with_bus().await?;
    let mut agent = join(&fleet, "worker-1").await;
    fleet.post("/agents/worker-1/stop", json!({})).await?;
    assert_eq!(
        agent.told().await["tell"],
        "stop",
        "told at once, heard or not"
    );
    agent.beat("a").await;
    assert_eq!(agent.told().await["tell"], "stop", "told again to who came");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_cuts_an_open_connection_within_5_seconds() -> Result<()> {
    let fleet = Fleet::with_bus().await?;
    let agent = join(&fleet, "worker-1").await;
    fleet
        .send(Method::DELETE, "/agents/worker-1", &fleet.admin, &[], None)
        .await?;
    eventually(Duration::from_secs(5), async || {
        agent.client.connection_state() != State::Connected
    })
    .await;
    Ok(())
}
