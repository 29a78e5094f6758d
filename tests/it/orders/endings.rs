//! Paying, fulfilling, cancelling, refunding. What payments do is done here as their processes do.

use pantheon::auth::Role;
use pantheon_events::orders::{MarkRefunded, ReleasePayment};
use pantheon_harness::soon;
use reqwest::Method;
use serde_json::{Value, json};

use crate::products::words::types;
use crate::world::{World, refused, reply};

fn set(world: &World, order: &str, body: Value) -> reqwest::RequestBuilder {
    let path = format!("/orders/{order}/status");
    world.request(Method::PATCH, &path).json(&body)
}

/// BUS-24: the walk, without the payment itself.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_goes_from_pending_over_paid_to_fulfilled_and_its_pieces_leave_the_stock() {
    let world = World::new().await;
    let lamps = world.lamps(5).await;
    let order = world.order(&lamps, 2).await;
    world.pay(&order).await;
    let paid = world.ordered(&order).await;
    assert_eq!(paid["status"], "paid");
    assert!(paid["payment_id"].is_string(), "{paid}");
    assert_eq!(world.pieces(&lamps).await, (5, 2));
    let done = reply(set(&world, &order, json!({ "status": "fulfilled" }))).await;
    assert_eq!(
        (done.status.as_u16(), &done.body["status"]),
        (200, &json!("fulfilled"))
    );
    soon(async || world.pieces(&lamps).await == (3, 0)).await;
    let again = reply(set(&world, &order, json!({ "status": "fulfilled" }))).await;
    assert_eq!(
        (again.status.as_u16(), &again.body["position"]),
        (200, &done.body["position"])
    );
    let events = world.events("order", &order).await;
    assert_eq!(
        types(&events),
        [
            "order_placed",
            "order_payment_started",
            "order_paid",
            "order_fulfilled"
        ]
    );
    let events = world.events("product", &lamps).await;
    assert_eq!(types(&events)[1..], ["stock_reserved", "stock_consumed"]);
    assert_eq!(world.pieces(&lamps).await, (3, 0), "once");
}

/// The endpoint's words for cancelling: PATCH status and POST cancel.
#[tokio::test(flavor = "multi_thread")]
async fn a_pending_order_is_cancelled_either_way_and_its_pieces_go_back() {
    let world = World::new().await;
    let lamps = world.lamps(5).await;
    let (first, second) = (world.order(&lamps, 2).await, world.order(&lamps, 1).await);
    let body = json!({ "status": "cancelled", "reason": "changed my mind" });
    let gone = reply(set(&world, &first, body)).await;
    assert_eq!(
        (gone.status.as_u16(), &gone.body["status"]),
        (200, &json!("cancelled"))
    );
    assert_eq!(gone.body["cancel_reason"], "changed my mind");
    let cancel = || world.request(Method::POST, &format!("/orders/{second}/cancel"));
    let gone = reply(cancel()).await;
    assert_eq!(gone.status, 200, "a body is not needed: {}", gone.body);
    assert_eq!(
        (&gone.body["status"], &gone.body["cancel_reason"]),
        (&json!("cancelled"), &Value::Null)
    );
    let again = reply(cancel().json(&json!({ "reason": "later" }))).await;
    assert_eq!(
        (again.status.as_u16(), &again.body["position"]),
        (200, &gone.body["position"])
    );
    assert_eq!(again.body["cancel_reason"], Value::Null);
    soon(async || world.pieces(&lamps).await == (5, 0)).await;
    let events = world.events("order", &first).await;
    assert_eq!(types(&events), ["order_placed", "order_cancelled"]);
    assert_eq!(events[1].1["reason"], "changed my mind");
}

/// The order's table of steps.
#[tokio::test(flavor = "multi_thread")]
async fn steps_that_the_table_does_not_have_are_refused() {
    let world = World::new().await;
    let lamps = world.lamps(50).await;
    let order = world.order(&lamps, 1).await;
    refused(
        set(&world, &order, json!({ "status": "fulfilled" })),
        422,
        "invalid_transition",
    )
    .await;
    for status in ["paid", "refunded", "pending"] {
        refused(
            set(&world, &order, json!({ "status": status })),
            422,
            "status_set_by_payment",
        )
        .await;
    }
    let nothing = set(&world, &order, json!({}));
    let problem = refused(nothing, 422, "validation_failed").await;
    assert_eq!(problem["errors"][0]["field"], "status", "{problem}");
    for body in [
        json!({ "status": "lost" }),
        json!({ "status": "cancelled", "x": 1 }),
    ] {
        refused(set(&world, &order, body), 400, "malformed_request").await;
    }
    let long = json!({ "status": "cancelled", "reason": "x".repeat(1001) });
    refused(set(&world, &order, long), 422, "validation_failed").await;
    world.pay(&order).await;
    refused(
        set(&world, &order, json!({ "status": "cancelled" })),
        422,
        "invalid_transition",
    )
    .await;
    let cancelled = world.order(&lamps, 1).await;
    let path = format!("/orders/{cancelled}/cancel");
    assert_eq!(world.post(&path, json!({})).await.0, 200);
    refused(
        set(&world, &cancelled, json!({ "status": "fulfilled" })),
        422,
        "invalid_transition",
    )
    .await;
    let missing = uuid::Uuid::now_v7().to_string();
    for id in [missing.as_str(), "none"] {
        refused(
            set(&world, id, json!({ "status": "cancelled" })),
            404,
            "not_found",
        )
        .await;
    }
    assert_eq!(world.ordered(&order).await["status"], "paid");
}

/// "pending and payment not in `processing`": while a payment is open the order stays.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_with_an_open_payment_is_cancelled_only_after_it() {
    let world = World::new().await;
    let lamps = world.lamps(5).await;
    let order = world.order(&lamps, 1).await;
    let payment_id = world.begin(&order).await;
    assert_eq!(
        world.ordered(&order).await["payment_id"],
        payment_id.to_string()
    );
    refused(
        set(&world, &order, json!({ "status": "cancelled" })),
        422,
        "order_not_payable",
    )
    .await;
    let orders = &world.node.app().commands.orders;
    let release = orders.dispatch(&order, ReleasePayment { payment_id }, world.itself());
    release.await.expect("the payment is released");
    assert_eq!(world.ordered(&order).await["payment_id"], Value::Null);
    let gone = reply(set(&world, &order, json!({ "status": "cancelled" }))).await;
    assert_eq!(gone.status, 200, "{}", gone.body);
    soon(async || world.pieces(&lamps).await == (5, 0)).await;
}

/// `paid|fulfilled → refunded`
#[tokio::test(flavor = "multi_thread")]
async fn a_paid_and_a_fulfilled_order_become_refunded() {
    let world = World::new().await;
    let lamps = world.lamps(5).await;
    for fulfil in [false, true] {
        let order = world.order(&lamps, 1).await;
        world.pay(&order).await;
        if fulfil {
            let done = reply(set(&world, &order, json!({ "status": "fulfilled" }))).await;
            assert_eq!(done.status, 200);
        }
        let orders = &world.node.app().commands.orders;
        let refund = orders.dispatch(&order, MarkRefunded {}, world.itself());
        refund.await.expect("the order is refunded");
        assert_eq!(world.ordered(&order).await["status"], "refunded");
        refused(
            set(&world, &order, json!({ "status": "cancelled" })),
            422,
            "invalid_transition",
        )
        .await;
    }
    let pending = world.order(&lamps, 1).await;
    let orders = &world.node.app().commands.orders;
    let refund = orders
        .dispatch(&pending, MarkRefunded {}, world.itself())
        .await;
    assert!(refund.is_err_and(|error| error.to_string().contains("pending")));
}

/// BUS-20: `orders.fulfil` is the admin's; `orders.cancel` reaches one's own.
#[tokio::test(flavor = "multi_thread")]
async fn a_customer_cancels_its_own_orders_and_fulfils_none() {
    let world = World::new().await;
    let lamps = world.lamps(5).await;
    let (alice, bob) = (
        uuid::Uuid::now_v7().to_string(),
        uuid::Uuid::now_v7().to_string(),
    );
    for role in [Role::Viewer, Role::Developer] {
        let (mine, other) = (world.person(&alice, role), world.person(&bob, role));
        let body = json!({ "product_id": lamps, "quantity": 1 });
        let placed = reply(world.request_as(&mine, Method::POST, "/orders").json(&body)).await;
        let id = placed.body["id"].as_str().expect("an id").to_owned();
        let ask = |token: &str, status: &str| {
            let path = format!("/orders/{id}/status");
            let request = world.request_as(token, Method::PATCH, &path);
            request.json(&json!({ "status": status }))
        };
        refused(ask(&mine, "fulfilled"), 403, "forbidden").await;
        refused(ask(&other, "cancelled"), 404, "not_found").await;
        let path = format!("/orders/{id}/cancel");
        refused(
            world.request_as(&other, Method::POST, &path),
            404,
            "not_found",
        )
        .await;
        assert_eq!(reply(ask(&mine, "cancelled")).await.status, 200, "{role:?}");
    }
}

/// `If-Match` on both ways.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_decided_on_an_old_sequence_is_refused() {
    let world = World::new().await;
    let lamps = world.lamps(5).await;
    let order = world.order(&lamps, 1).await;
    world.pay(&order).await;
    let fulfil = || set(&world, &order, json!({ "status": "fulfilled" }));
    refused(
        fulfil().header("if-match", "\"1\""),
        412,
        "sequence_mismatch",
    )
    .await;
    let cancel = world.request(Method::POST, &format!("/orders/{order}/cancel"));
    refused(cancel.header("if-match", "\"2\""), 412, "sequence_mismatch").await;
    assert_eq!(
        reply(fulfil().header("if-match", "\"3\"")).await.status,
        200
    );
}
