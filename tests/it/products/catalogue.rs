//! Making, changing and deleting products.

use reqwest::Method;
use serde_json::{Value, json};

use super::words::types;
use crate::world::{World, refused, reply};

/// BUS-22
#[tokio::test(flavor = "multi_thread")]
async fn a_new_product_is_answered_with_every_field_and_its_address() {
    let world = World::new().await;
    let body = json!({
        "name": "Lamp", "price": "0.10", "description": "bright", "category": "home",
        "status": "draft", "currency": "EUR", "stock": 5,
    });
    let made = reply(world.request(Method::POST, "/products").json(&body)).await;
    assert_eq!(made.status, 201);
    let id = made.body["id"].as_str().expect("an id").to_owned();
    assert_eq!(made.headers["location"], format!("/api/v1/products/{id}"));
    for name in [
        "pantheon-position",
        "pantheon-command-id",
        "pantheon-sequence",
    ] {
        assert!(made.headers.contains_key(name), "{name}");
    }
    let shown = world.shown(&id).await;
    let time = |field: &str| {
        shown[field]
            .as_str()
            .is_some_and(|time| time.ends_with('Z'))
    };
    assert!(time("created_at") && time("updated_at"), "{shown}");
    assert_eq!(
        shown,
        json!({
            "id": id, "name": "Lamp", "description": "bright", "price": "0.10", "currency": "EUR",
            "category": "home", "status": "draft", "stock": 5, "reserved": 0,
            "created_at": shown["created_at"], "updated_at": shown["created_at"], "sequence": "1",
        })
    );
    let mut answered = made.body;
    for extra in ["position", "command_id"] {
        let value = answered.as_object_mut().and_then(|body| body.remove(extra));
        assert!(value.is_some_and(|value| value.is_string()), "{extra}");
    }
    assert_eq!(answered, shown, "a command answers as the query does");
    // Capitals spell the same id.
    let loud = format!("/products/{}", id.to_uppercase());
    let (status, changed) = world.put(&loud, json!({ "name": "Lantern" })).await;
    assert_eq!((status.as_u16(), &changed["id"]), (200, &json!(id)));
    assert_eq!(world.get(&loud).await.1["name"], "Lantern");
    assert_eq!(world.delete(&loud).await.0, 204);
    assert_eq!(world.get(&format!("/products/{id}")).await.0, 404);
}

/// BUS-22
#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_is_null_or_usual() {
    let world = World::new().await;
    let id = world.product(json!({ "name": "Lamp", "price": 1 })).await;
    let shown = world.shown(&id).await;
    for field in ["description", "category", "stock"] {
        assert_eq!(shown[field], Value::Null, "{field}");
    }
    let usual = (&shown["status"], &shown["currency"], &shown["reserved"]);
    assert_eq!(usual, (&json!("active"), &json!("USD"), &json!(0)));
}

/// BUS-22
#[tokio::test(flavor = "multi_thread")]
async fn only_the_given_fields_change_and_nothing_changed_is_no_event() {
    let world = World::new().await;
    let id = world
        .product(json!({ "name": "Lamp", "price": "99.90", "category": "home" }))
        .await;
    let path = format!("/products/{id}");
    let change = json!({ "price": "89.00", "status": "inactive" });
    let changed = reply(world.request(Method::PUT, &path).json(&change)).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(changed.body["price"], "89.00");
    assert_eq!(changed.body["status"], "inactive");
    assert_eq!(changed.body["category"], "home");
    assert_eq!(changed.body["sequence"], "2");
    let again = reply(world.request(Method::PUT, &path).json(&change)).await;
    assert_eq!(again.status, 200);
    assert_eq!(
        again.headers["pantheon-position"],
        changed.headers["pantheon-position"]
    );
    assert_eq!(again.headers["pantheon-sequence"], "2");
    let events = world.events("product", &id).await;
    assert_eq!(types(&events), ["product_created", "product_updated"]);
    assert_eq!(
        events[1].1,
        json!({ "changed": { "price_minor": 8900, "status": "inactive" } })
    );
}

/// BUS-22
#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_product_is_gone_for_good_but_its_orders_still_name_it() {
    let world = World::new().await;
    let id = world.product(json!({ "name": "Lamp", "price": "5" })).await;
    let order = world.order(&id, 1).await;
    let path = format!("/products/{id}");
    let deleted = reply(world.request(Method::DELETE, &path)).await;
    assert_eq!((deleted.status.as_u16(), deleted.body), (204, Value::Null));
    assert!(deleted.headers.contains_key("pantheon-position"));
    for (method, tail, body) in [
        (
            Method::GET,
            format!("?min_position={}", world.head().await),
            json!({}),
        ),
        (Method::PUT, String::new(), json!({ "name": "Lantern" })),
        (Method::POST, "/stock".to_owned(), json!({ "set": 1 })),
        (Method::DELETE, String::new(), json!({})),
    ] {
        let request = world.request(method, &format!("{path}{tail}")).json(&body);
        refused(request, 404, "not_found").await;
    }
    world.not_ordered(&id, 1, 404, "not_found").await;
    assert_eq!(world.ordered(&order).await["product_name"], "Lamp");
    assert_eq!(world.current("/products").await, json!([]));
}

/// BUS-22
#[tokio::test(flavor = "multi_thread")]
async fn a_product_that_orders_hold_is_not_deleted() {
    let world = World::new().await;
    let id = world.lamps(3).await;
    let order = world.order(&id, 1).await;
    let delete = || world.request(Method::DELETE, &format!("/products/{id}"));
    refused(delete(), 422, "product_in_use").await;
    let (status, _) = world
        .post(&format!("/orders/{order}/cancel"), json!({}))
        .await;
    assert_eq!(status, 200);
    pantheon_harness::soon(async || world.pieces(&id).await == (3, 0)).await;
    assert_eq!(reply(delete()).await.status, 204);
}

/// BUS-22
#[tokio::test(flavor = "multi_thread")]
async fn fields_beyond_their_limits_are_named_and_nothing_is_made() {
    let world = World::new().await;
    let good = json!({ "name": "Lamp", "price": "1" });
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("x".repeat(256))),
        ("description", json!("x".repeat(10_001))),
        ("category", json!("x".repeat(101))),
        ("stock", json!(-1)),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let request = world.request(Method::POST, "/products").json(&body);
        let problem = refused(request, 422, "validation_failed").await;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    for (field, value) in [
        ("status", json!("gone")),
        ("currency", json!("dollars")),
        ("name", json!(5)),
        ("stock", json!("many")),
        ("reserved", json!(1)),
        ("id", json!("mine")),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let request = world.request(Method::POST, "/products").json(&body);
        let problem = refused(request, 400, "malformed_request").await;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    for (body, field) in [
        (json!({ "name": "Lamp" }), "price"),
        (json!({ "price": "1" }), "name"),
    ] {
        let request = world.request(Method::POST, "/products").json(&body);
        let problem = refused(request, 422, "validation_failed").await;
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    assert_eq!(world.current("/products").await, json!([]));
    let longest = json!({
        "name": "ü".repeat(255), "price": "1", "description": "ü".repeat(10_000),
        "category": "ü".repeat(100),
    });
    world.product(longest).await;
}

/// BUS-22: only given fields change, and one that is given as `null` is none.
#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_is_given_as_null_is_taken_away() {
    let world = World::new().await;
    let lamp =
        json!({ "name": "Lamp", "price": "1", "description": "It shines.", "category": "light" });
    let path = format!("/products/{}", world.product(lamp).await);
    let (status, changed) = world.put(&path, json!({ "description": null })).await;
    assert_eq!(
        (status.as_u16(), &changed["description"]),
        (200, &Value::Null)
    );
    let read = world.current(&path).await;
    let fields = (&read["name"], &read["description"], &read["category"]);
    assert_eq!(fields, (&json!("Lamp"), &Value::Null, &json!("light")));
}

/// BUS-22: the stock has an endpoint of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_product_does_not_touch_its_stock() {
    let world = World::new().await;
    let id = world.lamps(3).await;
    let change = world
        .request(Method::PUT, &format!("/products/{id}"))
        .json(&json!({ "stock": 7 }));
    refused(change, 400, "malformed_request").await;
    assert_eq!(world.pieces(&id).await, (3, 0));
}
