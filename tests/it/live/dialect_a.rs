//! Dialect A on `/ws`: the snapshot first, then frames as the console client reads them.

use std::time::Duration;

use pantheon::config::WsAnonymous;
use pantheon_events::Actor;
use serde_json::{Value, json};

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

#[tokio::test]
async fn con_79_who_looks_on_without_sign_in_may_still_sign_in() {
    let node = Node::start_with(|config| config.anonymous = WsAnonymous::Loopback).await;
    let mut client = Client::connect(&node, "/ws", None).await.expect("a socket");
    let name = |frame: &Value| frame["agent_state"]["active_agents"][0]["name"].clone();
    assert_eq!(name(&client.frame().await), "Agent");
    client.say(json!({ "type": "ping" })).await;
    let sign_in = json!({ "type": "auth", "token": node.admin() });
    client.say(sign_in).await;
    let snapshot = client.frame().await;
    assert_eq!(snapshot["type"], "state:snapshot");
    assert_eq!(name(&snapshot), "CodeGen Agent");
    start_task(&node, home(), "t-1").await;
    assert_eq!(client.frame().await["data"]["taskName"], "Fix it");

    let mut forger = Client::connect(&node, "/ws", None).await.expect("a socket");
    assert_eq!(forger.frame().await["type"], "state:snapshot");
    let forged = json!({ "type": "auth", "token": "forged" });
    forger.say(forged).await;
    assert_eq!(forger.hear().await, Heard::Closed(4501));
}

#[tokio::test]
async fn con_79_before_sign_in_other_frames_say_nothing() {
    let node = Node::start().await;
    let mut client = Client::connect(&node, "/ws", None).await.expect("a socket");
    client.say_text("not json".to_owned()).await;
    client.say(json!({ "type": "subscribe" })).await;
    let sign_in = json!({ "type": "init", "token": node.admin() });
    client.say(sign_in).await;
    assert_eq!(client.frame().await["type"], "state:snapshot");
}

#[tokio::test]
async fn con_78_a_question_is_told_to_who_asked_it_and_to_nobody_else() {
    let node = Node::start_with(|config| config.anonymous = WsAnonymous::Loopback).await;
    let root = Actor::human("root");
    let (ann, bob) = (
        node.admin(),
        node.token("bob", home(), pantheon::auth::Role::Admin),
    );
    let open = async |token: Option<&str>| {
        let mut client = Client::connect(&node, "/ws", token)
            .await
            .expect("admitted");
        assert_eq!(client.frame().await["type"], "state:snapshot");
        client
    };
    let mut own = open(Some(&ann)).await;
    let mut others = [open(Some(&bob)).await, open(None).await];
    let asked = json!({ "user_id": "root", "query": "SELECT ?", "rows": 1, "duration_ms": 7,
        "outcome": "completed" });
    let stream = home().to_string();
    node.append_as(
        root,
        home(),
        ("database", &stream, 0),
        "database_query_executed",
        asked,
    )
    .await;
    start_task(&node, home(), "t-1").await;
    let told = own.frame().await;
    assert_eq!(told["type"], "database:query_completed");
    assert_eq!(
        told["data"],
        json!({ "query": "SELECT ?", "rows": 1, "durationMs": 7 })
    );
    assert_eq!(own.frame().await["type"], "agent:task_started");
    for other in &mut others {
        assert_eq!(other.frame().await["type"], "agent:task_started");
    }
}

#[tokio::test]
async fn con_82_a_dialect_that_is_not_spoken_is_refused_before_the_upgrade() {
    let node = Node::start().await;
    let admin = node.admin();
    let open = async |path: &str, protocol| {
        let headers = [("sec-websocket-protocol", protocol)];
        let client = Client::open(node.address, path, Some(&admin), &headers).await;
        client.err()
    };
    for path in ["/ws?dialect=x", "/ws?dialect=d", "/api/v1/ws?dialect=x"] {
        assert_eq!(open(path, None).await, Some(400), "{path}");
    }
    assert_eq!(open("/ws", Some("pantheon.console.x")).await, Some(400));
    for path in ["/ws", "/api/v1/ws"] {
        for name in ["a", "b", "c"] {
            let path = format!("{path}?dialect={name}");
            assert_eq!(open(&path, None).await, None, "{path}");
        }
        for protocol in [
            "pantheon.console.a",
            "pantheon.console.b",
            "pantheon.console.c",
        ] {
            assert_eq!(open(path, Some(protocol)).await, None, "{path} {protocol}");
        }
        assert_eq!(open(path, None).await, None, "{path}");
    }
}
