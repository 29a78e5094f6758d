//! Pieces in stock, and pieces that orders hold.

use reqwest::Method;
use serde_json::json;

use super::words::types;
use crate::world::{World, refused};

/// BUS-23: the endpoint `/products/{id}/stock`.
#[tokio::test(flavor = "multi_thread")]
async fn stock_is_changed_by_a_difference_or_set_to_a_number() {
    let world = World::new().await;
    let id = world.lamps(5).await;
    let path = format!("/products/{id}/stock");
    let body = json!({ "delta": -2, "reason": "broken" });
    let (status, product) = world.post(&path, body).await;
    assert_eq!((status.as_u16(), &product["stock"]), (200, &json!(3)));
    let (status, product) = world.post(&path, json!({ "set": 10 })).await;
    assert_eq!((status.as_u16(), &product["stock"]), (200, &json!(10)));
    let (status, same) = world.post(&path, json!({ "set": 10 })).await;
    assert_eq!(
        (status.as_u16(), &same["position"]),
        (200, &product["position"])
    );
    let events = world.events("product", &id).await;
    assert_eq!(
        types(&events),
        ["product_created", "stock_adjusted", "stock_adjusted"]
    );
    assert_eq!(
        events[1].1,
        json!({ "delta": -2, "stock": 3, "reason": "broken" })
    );
    assert_eq!(events[2].1, json!({ "delta": 7, "stock": 10 }));
}

/// BUS-23
#[tokio::test(flavor = "multi_thread")]
async fn stock_never_falls_below_what_orders_hold() {
    let world = World::new().await;
    let id = world.lamps(5).await;
    world.order(&id, 3).await;
    let ask = |body| {
        world
            .request(Method::POST, &format!("/products/{id}/stock"))
            .json(&body)
    };
    refused(ask(json!({ "delta": -3 })), 422, "stock_below_reserved").await;
    refused(ask(json!({ "set": 2 })), 422, "stock_below_reserved").await;
    assert_eq!(world.pieces(&id).await, (5, 3));
    assert_eq!(
        ask(json!({ "set": 3 }))
            .send()
            .await
            .expect("an answer")
            .status(),
        200
    );
    world.not_ordered(&id, 1, 422, "out_of_stock").await;
}

/// BUS-23
#[tokio::test(flavor = "multi_thread")]
async fn a_body_with_both_or_neither_is_refused() {
    let world = World::new().await;
    let id = world.lamps(5).await;
    for body in [json!({}), json!({ "delta": 1, "set": 6 })] {
        let request = world
            .request(Method::POST, &format!("/products/{id}/stock"))
            .json(&body);
        refused(request, 422, "validation_failed").await;
    }
    assert_eq!(world.pieces(&id).await, (5, 0));
}

/// BUS-23: `stock` null = not counted.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_counted_is_never_out_of_stock_until_it_is_counted() {
    let world = World::new().await;
    let id = world.product(json!({ "name": "Song", "price": "1" })).await;
    world.order(&id, 100_000).await;
    assert_eq!(world.shown(&id).await["reserved"], 0);
    let path = format!("/products/{id}/stock");
    let by = world
        .request(Method::POST, &path)
        .json(&json!({ "delta": 1 }));
    refused(by, 422, "stock_not_counted").await;
    let (status, _) = world.post(&path, json!({ "set": 1 })).await;
    assert_eq!(status, 200);
    world.not_ordered(&id, 2, 422, "out_of_stock").await;
    world.order(&id, 1).await;
    assert_eq!(world.pieces(&id).await, (1, 1));
}
