//! Placing orders.

use pantheon::auth::Role;
use pantheon_events::CommandId;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::products::words::types;
use crate::world::{ADMIN, World, refused, reply};

/// BUS-24
#[tokio::test(flavor = "multi_thread")]
async fn a_new_order_is_answered_with_every_field_and_its_address() {
    let world = World::new().await;
    let product = world.lamps(5).await;
    let body = json!({ "product_id": product, "quantity": 3 });
    let placed = reply(world.request(Method::POST, "/orders").json(&body)).await;
    assert_eq!(placed.status, 201, "{}", placed.body);
    let id = placed.body["id"].as_str().expect("an id").to_owned();
    assert_eq!(placed.headers["location"], format!("/api/v1/orders/{id}"));
    let shown = world.ordered(&id).await;
    let time = shown["created_at"].as_str().expect("a time");
    assert!(time.ends_with('Z'), "{time}");
    assert_eq!(
        shown,
        json!({
            "id": id, "product_id": product, "product_name": "Lamp", "user_id": ADMIN,
            "quantity": 3, "unit_price": "99.90", "total_amount": "299.70", "currency": "USD",
            "status": "pending", "payment_id": null, "approval_id": null, "cancel_reason": null,
            "created_at": time, "updated_at": time, "sequence": "1",
        })
    );
    let mut answered = placed.body;
    for extra in ["position", "command_id"] {
        let value = answered.as_object_mut().and_then(|body| body.remove(extra));
        assert!(value.is_some_and(|value| value.is_string()), "{extra}");
    }
    assert_eq!(answered, shown, "a command answers as the query does");
    assert_eq!(world.pieces(&product).await, (5, 3));
    let events = world.events("product", &product).await;
    assert_eq!(types(&events), ["product_created", "stock_reserved"]);
    let reserved = &events[1].1;
    assert_eq!(
        (&reserved["order_id"], &reserved["quantity"]),
        (&json!(id), &json!(3))
    );
    assert_eq!(
        (&reserved["unit_price_minor"], &reserved["currency"]),
        (&json!(9990), &json!("USD"))
    );
}

/// BUS-26: "Totals are exact decimals".
#[tokio::test(flavor = "multi_thread")]
async fn the_total_is_the_price_of_the_moment_times_the_quantity_exactly() {
    let world = World::new().await;
    for (price, currency, quantity, total) in [
        ("0.10", "USD", 3, "0.30"),
        ("0.07", "USD", 100_000, "7000.00"),
        ("99999999.99", "USD", 100_000, "9999999999000.00"),
        ("33", "JPY", 7, "231"),
        ("1.001", "KWD", 999, "999.999"),
        ("0", "USD", 5, "0.00"),
    ] {
        let body = json!({ "name": "Lamp", "price": price, "currency": currency });
        let product = world.product(body).await;
        let order = world.order(&product, quantity).await;
        let (status, _) = world
            .put(
                &format!("/products/{product}"),
                json!({ "price": "1", "name": "Other" }),
            )
            .await;
        assert_eq!(status, 200);
        let shown = world.ordered(&order).await;
        assert_eq!(shown["total_amount"], total, "{price} × {quantity}");
        assert_eq!(shown["currency"], currency);
        assert_eq!(shown["product_name"], "Lamp", "as it was called then");
    }
}

/// The refusals of POST `/orders`.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_ordered_is_refused_and_sets_nothing_aside() {
    let world = World::new().await;
    let lamps = world.lamps(2).await;
    world.not_ordered(&lamps, 3, 422, "out_of_stock").await;
    world.not_ordered(&lamps, 0, 422, "validation_failed").await;
    world
        .not_ordered(&lamps, 100_001, 422, "validation_failed")
        .await;
    let missing = Uuid::now_v7().to_string();
    world.not_ordered(&missing, 1, 404, "not_found").await;
    for status in ["draft", "inactive"] {
        let counted = json!({ "name": "x", "price": "1", "status": status, "stock": 5 });
        let uncounted = json!({ "name": "x", "price": "1", "status": status });
        for body in [counted, uncounted] {
            let product = world.product(body).await;
            world
                .not_ordered(&product, 1, 422, "product_not_active")
                .await;
        }
    }
    for body in [
        json!({ "product_id": "lamp", "quantity": 1 }),
        json!({ "product_id": lamps, "quantity": "1" }),
        json!({ "product_id": lamps, "quantity": 1.5 }),
        json!({ "product_id": lamps, "quantity": 1, "unit_price": "0.01" }),
        json!({ "product_id": lamps, "quantity": 1, "quote": {} }),
    ] {
        let request = world.request(Method::POST, "/orders").json(&body);
        refused(request, 400, "malformed_request").await;
    }
    assert_eq!(world.current("/orders").await, json!([]));
    assert_eq!(world.pieces(&lamps).await, (2, 0));
}

/// BUS-20: `user_id?` (admin only, default caller).
#[tokio::test(flavor = "multi_thread")]
async fn only_an_admin_orders_for_somebody_else() {
    let world = World::new().await;
    let lamps = world.lamps(5).await;
    let alice = Uuid::now_v7().to_string();
    let bob = world.customer("bob").await;
    let ask = |token: &str, user: &str| {
        let body = json!({ "product_id": lamps, "quantity": 1, "user_id": user });
        world.request_as(token, Method::POST, "/orders").json(&body)
    };
    for role in [Role::Viewer, Role::Developer] {
        let token = world.person(&alice, role);
        refused(ask(&token, &bob), 403, "forbidden").await;
        assert_eq!(world.pieces(&lamps).await.1, 0, "nothing is set aside");
    }
    let own = reply(ask(&world.person(&alice, Role::Viewer), &alice)).await;
    assert_eq!(
        (own.status.as_u16(), &own.body["user_id"]),
        (201, &json!(alice))
    );
    let given = reply(ask(&world.admin, &bob)).await;
    assert_eq!(
        (given.status.as_u16(), &given.body["user_id"]),
        (201, &json!(bob))
    );
    // A viewer's account that never joined is nobody here.
    let (_, eve) = world
        .post(
            "/auth/register",
            json!({ "email": "eve@example.org", "password": "correct horse battery" }),
        )
        .await;
    let eve = eve["id"].as_str().expect("an account").to_owned();
    for nobody in [eve, Uuid::now_v7().to_string(), "bob".to_owned()] {
        let problem = refused(ask(&world.admin, &nobody), 422, "validation_failed").await;
        assert_eq!(problem["errors"][0]["field"], "user_id", "{problem}");
    }
    assert_eq!(world.pieces(&lamps).await, (5, 2));
}

/// BUS-01: "a repeat of the outer command id gives the first answer".
#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_order_gets_the_first_answer_and_sets_aside_once() {
    let world = World::new().await;
    let lamps = world.lamps(5).await;
    let key = CommandId::generate().to_string();
    let ask = |quantity: i64| {
        let body = json!({ "product_id": lamps, "quantity": quantity });
        let request = world.request(Method::POST, "/orders").json(&body);
        request.header("idempotency-key", &key)
    };
    let first = reply(ask(2)).await;
    assert_eq!(first.status, 201);
    let id = first.body["id"].as_str().expect("an id").to_owned();
    let again = reply(ask(2)).await;
    assert_eq!((again.status.as_u16(), &again.body), (201, &first.body));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    refused(ask(3), 422, "command_mismatch").await;
    assert_eq!(world.pieces(&lamps).await, (5, 2));
    let (status, _) = world.post(&format!("/orders/{id}/cancel"), json!({})).await;
    assert_eq!(status, 200);
    pantheon_harness::soon(async || world.pieces(&lamps).await == (5, 0)).await;
    let late = reply(ask(2)).await;
    assert_eq!((late.status.as_u16(), &late.body["id"]), (201, &json!(id)));
    assert_eq!(
        world.pieces(&lamps).await,
        (5, 0),
        "a repeat sets nothing aside"
    );
}

/// BUS-01: a crash between the steps is finished by the repeat.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_after_a_crash_between_the_steps_finishes_the_order() {
    let world = World::new().await;
    let lamps = world.lamps(5).await;
    let key = CommandId::generate();
    let order = key.created("order");
    // What the first attempt did before it was cut off.
    let reserve = pantheon_events::products::ReserveStock {
        order_id: order.to_string().parse().expect("an id"),
        quantity: 2,
    };
    let by = pantheon_events::CommandContext::new(
        world.tenant,
        pantheon_events::Actor::human(ADMIN),
        Some(key),
    );
    let products = &world.node.app().commands.products;
    let step = products.dispatch(&lamps, reserve, by.own_step("reserve_stock"));
    step.await.expect("the pieces are set aside");
    let body = json!({ "product_id": lamps, "quantity": 2 });
    let request = world.request(Method::POST, "/orders").json(&body);
    let placed = reply(request.header("idempotency-key", key.to_string())).await;
    assert_eq!(placed.status, 201, "{}", placed.body);
    assert_eq!(placed.body["id"], order.to_string());
    assert_eq!(world.pieces(&lamps).await, (5, 2));
}

/// An id that has an order takes no pieces for another one.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_under_a_used_id_is_refused_and_sets_nothing_aside() {
    let world = World::new().await;
    let lamps = world.lamps(5).await;
    let order = world.order(&lamps, 1).await;
    let (status, _) = world
        .post(&format!("/orders/{order}/cancel"), json!({}))
        .await;
    assert_eq!(status, 200);
    pantheon_harness::soon(async || world.pieces(&lamps).await == (5, 0)).await;
    let data: Value = json!({ "product_id": lamps, "quantity": 2 });
    let again = world
        .request(Method::POST, "/commands/order/place_order")
        .json(&json!({ "id": order, "data": data }));
    refused(again, 409, "already_exists").await;
    assert_eq!(world.pieces(&lamps).await, (5, 0));
}
