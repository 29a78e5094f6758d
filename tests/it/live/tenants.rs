//! G13 on the live stream: nobody sees what is not theirs.

use pantheon::auth::Role;
use pantheon_events::{Actor, Position, TenantId};
use serde_json::json;

use super::node::{Node, elsewhere, home};
use super::sse::Stream;
use super::ws::Client;

/// The event types that somebody sees of the whole log, up to a last event that they do see.
async fn types_seen(node: &Node, token: &str, last: Position) -> Vec<String> {
    let mut client = Client::ready_as(node, token).await;
    client.subscribe("all", json!("start")).await;
    let (mut types, mut reached) = (Vec::new(), 0);
    while reached < last.get() {
        let frame = client.frame_of("events").await;
        for item in frame["items"].as_array().expect("items") {
            let kind = item["type"].as_str().expect("a type");
            types.push(kind.rsplit('.').next().unwrap_or(kind).to_owned());
            reached = item["position"]
                .as_str()
                .and_then(|at| at.parse().ok())
                .expect("a position");
        }
    }
    types
}

#[tokio::test]
async fn g13_two_tenants_never_see_each_others_events() {
    let node = Node::start().await;
    let mut last = [Position::ZERO; 2];
    for _ in 0..200 {
        for (n, tenant) in [home(), elsewhere()].into_iter().enumerate() {
            last[n] = node.append(tenant, "task", "task_created").await;
        }
    }
    for (n, tenant) in [home(), elsewhere()].into_iter().enumerate() {
        let token = node.token("admin", tenant, Role::Admin);
        let mut client = Client::ready_as(&node, &token).await;
        client.subscribe("all", json!("start")).await;
        let mut stream = Stream::open(&node, "?after=0", &token, None).await;
        let (mut live, mut sse) = (Vec::new(), Vec::new());
        while live.len() < 200 {
            let frame = client.frame_of("events").await;
            live.extend(frame["items"].as_array().expect("items").clone());
            let place: TenantId = serde_json::from_value(live[0]["tenant"].clone()).expect("an id");
            assert_eq!(place, tenant);
        }
        while sse.len() < 200 {
            sse.push(stream.event().await.json());
        }
        let own = json!(tenant);
        assert!(live.iter().chain(&sse).all(|event| event["tenant"] == own));
        let position = live.last().and_then(|event| event["position"].as_str());
        assert_eq!(position, Some(last[n].to_string().as_str()));
    }
}

#[tokio::test]
async fn g13_a_viewer_sees_only_what_a_query_would_show() {
    let node = Node::start().await;
    let place = |actor: &str, id: &'static str| {
        let payload = json!({ "user_id": actor });
        node.append_as(
            Actor::human(actor),
            home(),
            ("order", id, 0),
            "order_placed",
            payload,
        )
    };
    place("carol", "o-1").await;
    place("dave", "o-2").await;
    let admin = Actor::human("root");
    node.append_as(
        admin.clone(),
        home(),
        ("order", "o-1", 1),
        "order_fulfilled",
        json!({}),
    )
    .await;
    node.append_as(
        admin.clone(),
        home(),
        ("order", "o-2", 1),
        "order_cancelled",
        json!({}),
    )
    .await;
    node.append(home(), "product", "product_created").await;
    node.append(home(), "something_new", "thing_happened").await;
    let last = node.append(home(), "task", "task_created").await;

    let carol = node.token("carol", home(), Role::Viewer);
    let seen = types_seen(&node, &carol, last).await;
    assert_eq!(seen, ["order_placed", "order_fulfilled", "task_created"]);
    let seen = types_seen(&node, &node.admin(), last).await;
    assert_eq!(
        seen.len(),
        6,
        "an aggregate without a row is hidden from everybody: {seen:?}"
    );
}

#[tokio::test]
async fn g13_an_agent_hears_of_the_log_no_more_than_it_may_read() {
    let node = Node::start().await;
    let last = node.append(home(), "task", "task_created").await;
    let day = std::time::Duration::from_secs(86_400);
    let agent = "codegen".parse().expect("an id");
    let agent = node.auth.issue_agent(agent, home(), day).token;
    let mut client = Client::ready_as(&node, &agent).await;
    client.subscribe("all", json!("start")).await;
    let caught_up = client.frame().await;
    assert_eq!(caught_up["type"], "caught_up", "{caught_up}");
    assert_eq!(caught_up["position"], last.to_string());
    assert_eq!(
        types_seen(&node, &node.admin(), last).await,
        ["task_created"]
    );
}
