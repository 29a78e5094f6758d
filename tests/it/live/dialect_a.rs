//! Dialect A on `/ws`: the snapshot first, then frames as the console client reads them.

use std::time::Duration;

use pantheon::config::WsAnonymous;
use pantheon_events::Actor;
use serde_json::json;

use super::node::{Node, elsewhere, home};
use super::ws::{Client, Heard};

async fn start_task(node: &Node, tenant: pantheon_events::TenantId, id: &str) {
    let payload = json!({ "assigned_to": "codegen", "name": "Fix it", "priority": "P0" });
    let actor = Actor::agent("codegen");
    node.append_as(actor, tenant, ("task", id, 0), "task_started", payload)
        .await;
}

#[tokio::test]
async fn con_78_the_snapshot_comes_first_and_then_every_frame_from_its_cause() {
    let node = Node::start().await;
    start_task(&node, home(), "before").await;
    let mut client = Client::connect(&node, "/ws", Some(&node.admin()))
        .await
        .expect("admitted");
    let snapshot = client.frame().await;
    assert_eq!(snapshot["type"], "state:snapshot");
    assert_eq!(snapshot["version"], 1);
    assert_eq!(
        snapshot["agent_state"]["active_agents"][0]["name"],
        "CodeGen Agent"
    );
    assert_eq!(snapshot["business_state"]["orders"], json!([]));

    client.say_text("not json".to_owned()).await;
    client.say(json!({ "type": "whatever" })).await;
    start_task(&node, elsewhere(), "foreign").await;
    start_task(&node, home(), "t-1").await;
    let started = client.frame().await;
    assert_eq!(started["type"], "agent:task_started");
    assert_eq!(started["position"], "3");
    let expected =
        json!({ "agentId": "codegen", "taskId": "t-1", "taskName": "Fix it", "priority": "P0" });
    assert_eq!(started["data"], expected);
}

#[tokio::test]
async fn con_83_a_client_that_keeps_its_position_gets_what_it_missed() {
    let node = Node::start().await;
    start_task(&node, home(), "t-1").await;
    start_task(&node, home(), "t-2").await;
    let connect = Client::connect(&node, "/ws?after=1", Some(&node.admin())).await;
    let mut client = connect.expect("admitted");
    assert_eq!(client.frame().await["type"], "state:snapshot");
    assert_eq!(client.frame().await["data"]["taskId"], "t-2");
}

#[tokio::test]
async fn con_79_without_sign_in_only_where_configured_and_then_redacted() {
    let node = Node::start_with(|config| config.init_timeout = Duration::from_millis(300)).await;
    let mut stranger = Client::connect(&node, "/ws", None).await.expect("a socket");
    assert_eq!(stranger.hear().await, Heard::Closed(4504));
    let mut known = Client::connect(&node, "/ws", None).await.expect("a socket");
    known
        .say(json!({ "type": "auth", "token": node.admin() }))
        .await;
    assert_eq!(known.frame().await["type"], "state:snapshot");

    let node = Node::start_with(|config| config.anonymous = WsAnonymous::Loopback).await;
    let mut local = Client::connect(&node, "/ws", None).await.expect("a socket");
    let snapshot = local.frame().await;
    assert_eq!(snapshot["agent_state"]["active_agents"][0]["name"], "Agent");
    start_task(&node, home(), "t-1").await;
    let started = local.frame().await;
    assert_eq!(started["data"]["taskName"], "Task");
    let page = Client::connect_from(&node, "/ws", None, Some("https://evil.example.org")).await;
    let mut page = page.expect("a socket");
    page.say(json!({ "type": "auth", "token": "forged" })).await;
    assert_eq!(page.hear().await, Heard::Closed(4501));
}
