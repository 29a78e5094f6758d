//! Whose orders are whose.

use pantheon::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::products::words::types;
use crate::world::{World, answer, refused, reply};

/// BUS-20: `orders.read` is "own" for viewer and developer.
#[tokio::test(flavor = "multi_thread")]
async fn a_customer_sees_its_own_orders_and_no_other() {
    let world = World::new().await;
    let lamps = world.lamps(50).await;
    let alice = Uuid::now_v7().to_string();
    let theirs = world.order(&lamps, 1).await;
    for role in [Role::Viewer, Role::Developer] {
        let token = world.person(&alice, role);
        let body = json!({ "product_id": lamps, "quantity": 1 });
        let placed = reply(
            world
                .request_as(&token, Method::POST, "/orders")
                .json(&body),
        )
        .await;
        let mine = placed.body["id"].as_str().expect("an id").to_owned();
        let head = world.head().await;
        let ask = |path: &str| world.request_as(&token, Method::GET, path);
        for tail in [
            format!("?min_position={head}"),
            format!("?as_of={head}"),
            format!("/history?min_position={head}"),
        ] {
            let (status, _) = answer(ask(&format!("/orders/{mine}{tail}"))).await;
            assert_eq!(status, 200, "{tail}");
            refused(ask(&format!("/orders/{theirs}{tail}")), 404, "not_found").await;
        }
        let (_, list) = answer(ask("/orders")).await;
        let list = list.as_array().expect("an array");
        assert!(
            list.iter().all(|order| order["user_id"] == alice.as_str()),
            "{role:?}"
        );
        assert!(list.iter().any(|order| order["id"] == mine.as_str()));
        let other = format!("/orders?user_id={}", crate::world::ADMIN);
        assert_eq!(answer(ask(&other)).await.1, json!([]));
    }
    assert_eq!(
        world.current("/orders").await.as_array().map(Vec::len),
        Some(3)
    );
}

/// Foreign = missing.
#[tokio::test(flavor = "multi_thread")]
async fn foreign_and_missing_orders_answer_the_same_bytes() {
    let world = World::new().await;
    let lamps = world.lamps(5).await;
    let order = world.order(&lamps, 1).await;
    let missing = Uuid::now_v7().to_string();
    let stranger = world.stranger();
    let head = world.head().await;
    for (method, tail, body) in [
        (Method::GET, format!("?min_position={head}"), Value::Null),
        (Method::GET, format!("?as_of={head}"), Value::Null),
        (
            Method::GET,
            format!("/history?min_position={head}"),
            Value::Null,
        ),
        (
            Method::PATCH,
            "/status".to_owned(),
            json!({ "status": "cancelled" }),
        ),
        (
            Method::PATCH,
            "/status".to_owned(),
            json!({ "status": "fulfilled" }),
        ),
        (Method::POST, "/cancel".to_owned(), json!({})),
    ] {
        let ask = async |id: &str| {
            let path = format!("/orders/{id}{tail}");
            let request = world.request_as(&stranger, method.clone(), &path);
            let request = request.header("x-request-id", "r");
            let request = match &body {
                Value::Null => request,
                body => request.json(body),
            };
            refused(request, 404, "not_found").await
        };
        assert_eq!(ask(&order).await, ask(&missing).await, "{method} {tail}");
    }
    let path = format!("/orders?min_position={head}");
    let list = answer(world.request_as(&stranger, Method::GET, &path)).await;
    assert_eq!(list.1, json!([]));
    assert_eq!(world.ordered(&order).await["status"], "pending");
}

/// GET `/orders/{id}/history`.
#[tokio::test(flavor = "multi_thread")]
async fn the_history_of_an_order_is_its_events_in_order() {
    let world = World::new().await;
    let lamps = world.lamps(5).await;
    let order = world.order(&lamps, 1).await;
    world.pay(&order).await;
    let history = world.current(&format!("/orders/{order}/history")).await;
    let items = history["items"].as_array().expect("items");
    let told: Vec<_> = items
        .iter()
        .filter_map(|item| item["type"].as_str())
        .collect();
    let stored = world.events("order", &order).await;
    assert_eq!(told.len(), 3);
    for (told, stored) in told.iter().zip(types(&stored)) {
        assert!(told.ends_with(stored), "{told} {stored}");
    }
    let sequences: Vec<_> = items.iter().map(|item| item["sequence"].clone()).collect();
    assert_eq!(sequences, [json!("1"), json!("2"), json!("3")]);
    assert_eq!(items[0]["data"], stored[0].1);
    assert_eq!(
        items[0]["subject"].as_str().map(|s| s.contains(&order)),
        Some(true)
    );
    let (mut pages, mut path) = (Vec::new(), format!("/orders/{order}/history?limit=2"));
    loop {
        let page = world.current(&path).await;
        pages.extend(page["items"].as_array().expect("items").clone());
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/orders/{order}/history?limit=2&cursor={next}");
    }
    assert_eq!(json!(pages), history["items"]);
}

/// `as_of` on an order.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_shown_as_it_was() {
    let world = World::new().await;
    let lamps = world.lamps(5).await;
    let before = world.head().await;
    let order = world.order(&lamps, 1).await;
    let (placed, then) = (world.ordered(&order).await, world.head().await);
    world.pay(&order).await;
    let ask = |moment: &str| world.request(Method::GET, &format!("/orders/{order}?as_of={moment}"));
    let shown = reply(ask(&then.to_string())).await;
    assert_eq!((shown.status.as_u16(), &shown.body), (200, &placed));
    let now = world.ordered(&order).await;
    assert_eq!(now["status"], "paid");
    assert_eq!(reply(ask(&world.head().await.to_string())).await.body, now);
    refused(ask(&before.to_string()), 404, "not_found").await;
}

/// G02, G13: a repeat is answered like the first, and shows nobody else's order.
#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_s_repeat_shows_no_order() {
    let world = World::new().await;
    let body = json!({ "product_id": world.lamps(5).await, "quantity": 1 });
    let place = async |who: &str| {
        let token = world.person(who, Role::Viewer);
        let request = world
            .request_as(&token, Method::POST, "/orders")
            .json(&body);
        reply(request.header("idempotency-key", "0199aa00-0000-7000-8000-000000000079")).await
    };
    let (first, again) = (place("ada").await, place("eve").await);
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
    assert_eq!(first.body["user_id"], "ada");
    assert_eq!(again.body["id"], first.body["id"]);
    assert!(again.body.get("user_id").is_none(), "{}", again.body);
}
