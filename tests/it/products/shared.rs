//! What every resource shares (`contract/http.md`), shown on products.

use pantheon_harness::soon;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, refused, reply};

/// BUS-22: `If-Match`.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_decided_on_an_old_sequence_is_refused() {
    let world = World::new().await;
    let id = world.lamps(5).await;
    let path = format!("/products/{id}");
    let change = |name: &str, tag: &str| {
        let body = json!({ "name": name });
        let request = world.request(Method::PUT, &path).json(&body);
        request.header("if-match", tag)
    };
    let first = reply(change("Lantern", "\"1\"")).await;
    assert_eq!(
        (first.status.as_u16(), &first.body["sequence"]),
        (200, &json!("2"))
    );
    let late = refused(change("Torch", "\"1\""), 412, "sequence_mismatch").await;
    assert!(
        late["detail"]
            .as_str()
            .is_some_and(|text| text.contains('2')),
        "{late}"
    );
    for (method, tail, body) in [
        (Method::POST, "/stock", json!({ "set": 1 })),
        (Method::DELETE, "", json!({})),
    ] {
        let request = world.request(method, &format!("{path}{tail}"));
        refused(
            request.header("if-match", "\"1\"").json(&body),
            412,
            "sequence_mismatch",
        )
        .await;
    }
    refused(change("Torch", "2"), 400, "malformed_request").await;
    let shown = world.shown(&id).await;
    assert_eq!(
        (&shown["name"], &shown["stock"]),
        (&json!("Lantern"), &json!(5))
    );
    assert_eq!(reply(change("Torch", "*")).await.status, 200);
}

/// BUS-22: `Idempotency-Key`.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_command_makes_one_product_and_gets_the_first_answer() {
    let world = World::new().await;
    let key = Uuid::now_v7().to_string();
    let make = |body: &Value| {
        let request = world.request(Method::POST, "/products").json(body);
        request.header("idempotency-key", &key)
    };
    let lamp = json!({ "name": "Lamp", "price": "1" });
    let first = reply(make(&lamp)).await;
    let again = reply(make(&lamp)).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
    assert_eq!(first.body, again.body);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert!(!first.headers.contains_key("idempotency-replayed"));
    assert_eq!(first.headers["pantheon-command-id"], key);
    let other = json!({ "name": "Lantern", "price": "1" });
    refused(make(&other), 422, "command_mismatch").await;
    let list = world.current("/products").await;
    assert_eq!(list.as_array().map(Vec::len), Some(1));
}

/// BUS-22: a refusal is an answer like any other.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_command_gets_its_refusal_again_although_it_would_now_be_accepted() {
    let world = World::new().await;
    let id = world.lamps(1).await;
    let key = Uuid::now_v7().to_string();
    let order = || {
        let body = json!({ "product_id": id, "quantity": 2 });
        let request = world.request(Method::POST, "/orders").json(&body);
        request.header("idempotency-key", &key)
    };
    refused(order(), 422, "out_of_stock").await;
    let (status, _) = world
        .post(&format!("/products/{id}/stock"), json!({ "set": 5 }))
        .await;
    assert_eq!(status, 200);
    let again = reply(order()).await;
    assert_eq!(
        (again.status.as_u16(), &again.body["code"]),
        (422, &json!("out_of_stock"))
    );
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(world.pieces(&id).await, (5, 0));
}

/// BUS-22: `ETag`.
#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_product_and_an_unchanged_list_are_304() {
    let world = World::new().await;
    let id = world.lamps(1).await;
    world.shown(&id).await;
    for path in ["/products".to_owned(), format!("/products/{id}")] {
        // The node's own events may come in between two requests, but not for long.
        let (first, again) = soon(async || {
            let first = reply(world.request(Method::GET, &path)).await;
            let tag = first.headers["etag"].to_str().expect("text").to_owned();
            let again = world
                .request(Method::GET, &path)
                .header("if-none-match", tag);
            let again = reply(again).await;
            (again.status == 304).then_some((first, again))
        })
        .await;
        assert_eq!(again.body, Value::Null);
        assert_eq!(first.headers["etag"], again.headers["etag"]);
        let (status, _) = world
            .put(&format!("/products/{id}"), json!({ "name": path }))
            .await;
        assert_eq!(status, 200);
        let changed = world.request(Method::GET, &path);
        let changed = changed.header("if-none-match", &first.headers["etag"]);
        assert_eq!(reply(changed).await.status, 200, "a change is seen");
    }
}

/// BUS-22: `min_position`.
#[tokio::test(flavor = "multi_thread")]
async fn a_read_waits_for_a_position_and_says_when_it_is_not_reached() {
    let world = World::new().await;
    let id = world.lamps(1).await;
    let behind = world.head().await.get() + 1_000_000;
    for path in ["/products".to_owned(), format!("/products/{id}")] {
        let ask = world.request(
            Method::GET,
            &format!("{path}?min_position={behind}&wait=0.05"),
        );
        refused(ask, 504, "projection_behind").await;
    }
    let other = world.beside().await;
    for n in 0..20 {
        let name = format!("Lamp {n}");
        let path = format!("/products/{id}");
        let (status, changed) = world.put(&path, json!({ "name": name })).await;
        assert_eq!(status, 200);
        let position = changed["position"].as_str().expect("a position");
        let (status, read) = other
            .get(&format!("{path}?min_position={position}&wait=10"))
            .await;
        assert_eq!((status.as_u16(), &read["name"]), (200, &json!(name)));
    }
}

/// BUS-22: `as_of`, by position and by time.
#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_shown_as_it_was() {
    let world = World::new().await;
    let before = world.head().await;
    let id = world.lamps(5).await;
    let made = world.shown(&id).await;
    let at_first = world.head().await;
    world.order(&id, 2).await;
    let (status, _) = world
        .put(&format!("/products/{id}"), json!({ "price": "1" }))
        .await;
    assert_eq!(status, 200);
    let now = world.shown(&id).await;
    assert_eq!(
        (&now["price"], &now["reserved"]),
        (&json!("1.00"), &json!(2))
    );
    let then = |moment: &str| world.request(Method::GET, &format!("/products/{id}?as_of={moment}"));
    let shown = reply(then(&at_first.to_string())).await;
    assert_eq!((shown.status.as_u16(), &shown.body), (200, &made));
    let created = made["created_at"].as_str().expect("a time");
    assert_eq!(reply(then(created)).await.body, made);
    assert_eq!(reply(then("2999-01-01T00:00:00Z")).await.body, now);
    let head = world.head().await;
    assert_eq!(reply(then(&head.to_string())).await.body, now);
    refused(then(&before.to_string()), 404, "not_found").await;
    refused(then("2001-01-01T00:00:00Z"), 404, "not_found").await;
    refused(then("yesterday"), 400, "malformed_request").await;
    let (status, _) = world
        .post(&format!("/products/{id}/stock"), json!({ "set": 2 }))
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        reply(then(&head.to_string())).await.body,
        now,
        "the past stays as it was"
    );
}
