//! The console's socket on whole nodes: what it shows is what the same caller's queries show.

use std::time::Duration;

use pantheon::auth::Role;
use pantheon_events::nodes::SampleSystemMetrics;
use pantheon_events::{Actor, CommandContext};
use reqwest::Method;
use serde_json::{Value, json};

use super::ws::{Client, Heard};
use crate::world::{World, answer};

/// No node samples of its own.
const QUIET: &[(&str, &str)] = &[("PANTHEON_SYSTEM_SAMPLE", "1h")];
const DAY: Duration = Duration::from_secs(86_400);

async fn connect(world: &World, token: &str) -> Client {
    let client = Client::open(world.node.address(), "/ws", Some(token), &[]).await;
    client.expect("admitted")
}

async fn snapshot(world: &World, token: &str) -> Value {
    let frame = connect(world, token).await.frame().await;
    assert_eq!(frame["type"], "state:snapshot");
    frame
}

async fn list(world: &World, token: &str, path: &str) -> Value {
    let head = world.head().await;
    let path = format!("{path}?min_position={head}&wait=10");
    let (status, body) = answer(world.request_as(token, Method::GET, &path)).await;
    assert_eq!(status, 200, "{body}");
    body
}

#[tokio::test]
async fn bus_21_the_snapshot_holds_the_business_as_the_viewer_s_queries_show_it() {
    let world = World::with(QUIET).await;
    let product = json!({ "name": "Lamp", "price": "5.00", "currency": "USD", "stock": 9 });
    let (status, lamp) = world.post("/products", product).await;
    assert_eq!(status, 201, "{lamp}");
    let draft = json!({ "name": "Chair", "price": "7.00", "currency": "USD", "status": "draft" });
    let (status, body) = world.post("/products", draft).await;
    assert_eq!(status, 201, "{body}");
    let ida = world.person("0198c7a0-0000-7000-8000-00000000001d", Role::Viewer);
    let bob = world.person("0198c7a0-0000-7000-8000-00000000b0b0", Role::Viewer);
    for token in [&ida, &bob] {
        let order = json!({ "product_id": lamp["id"], "quantity": 2 });
        let order = world
            .request_as(token, Method::POST, "/orders")
            .json(&order);
        let (status, body) = answer(order).await;
        assert_eq!(status, 201, "{body}");
    }

    for (token, products, orders) in [(&world.admin, 2, 2), (&ida, 1, 1)] {
        let lists = [
            ("products", list(&world, token, "/products").await, products),
            ("orders", list(&world, token, "/orders").await, orders),
            ("approvals", list(&world, token, "/approvals").await, 0),
        ];
        let frame = snapshot(&world, token).await;
        let business = &frame["business_state"];
        for (name, shown, count) in lists {
            assert_eq!(business[name], shown, "{name}");
            assert_eq!(shown.as_array().map(Vec::len), Some(count), "{name}");
            assert_eq!(business["totals"][name]["count"], count, "{business}");
        }
        let total = &business["totals"]["orders"]["by_status"][0];
        assert_eq!(total["amount"], format!("{}.00", 10 * orders), "{total}");
    }
    let seen = snapshot(&world, &ida).await.to_string();
    assert!(!seen.contains("b0b0"), "a stranger's id: {seen}");
}

#[tokio::test]
async fn g13_an_agent_sees_on_the_socket_no_more_than_its_queries_show_it() {
    let world = World::with(QUIET).await;
    let agent = world.agent("codegen", "codegen").await;
    world.post("/tasks", json!({ "name": "Fix it" })).await;
    world.current("/tasks").await;
    let auth = &world.node.app().auth;
    let token = auth.issue_agent(agent, world.tenant, DAY).token;
    let (status, _) = answer(world.request_as(&token, Method::GET, "/tasks")).await;
    assert_eq!(status, 403);
    let seen = snapshot(&world, &token).await;
    assert_eq!(seen["agent_state"]["active_agents"], json!([]), "{seen}");
    assert_eq!(seen["agent_state"]["task_queue"], json!([]), "{seen}");
    let admin = snapshot(&world, &world.admin).await;
    assert_eq!(
        admin["agent_state"]["task_queue"][0]["description"],
        "Fix it"
    );
}

#[tokio::test]
async fn con_78_the_metrics_frame_has_the_figures_of_all_nodes() {
    let world = World::with(QUIET).await;
    let other = world.beside().await;
    let mut client = connect(&world, &world.admin).await;
    for (node, cpu_usage) in [(&world, 10.0), (&other, 30.0)] {
        let app = node.node.app();
        let sample = SampleSystemMetrics {
            cpu_usage,
            memory_usage: 50.0,
            disk_usage: 50.0,
            uptime_seconds: 5,
        };
        let by = CommandContext::new(world.tenant, Actor::system("host"), None);
        let sampled = app.commands.nodes.dispatch(&app.node, sample, by).await;
        sampled.expect("the sample is recorded");
    }
    let metrics = world.current("/system/metrics").await;
    assert_eq!(metrics["cpu_usage"], 20.0, "{metrics}");
    loop {
        match client.hear().await {
            Heard::Frame(frame) if frame["data"]["cpu_usage"] == 20.0 => {
                assert_eq!(frame["type"], "system:metrics_updated");
                return;
            }
            Heard::Frame(_) => {}
            Heard::Closed(code) => panic!("closed with {code}"),
        }
    }
}
