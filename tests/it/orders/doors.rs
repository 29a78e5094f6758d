//! The generic doors: `POST /commands/order/…` and `pantheon.cmd.order.…`.

use pantheon::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, refused, reply, send};

/// What only the processes of payments send.
const INSIDE: [(&str, &str); 4] = [
    (
        "begin_payment",
        r#"{"payment_id": "0199aa00-0000-7000-8000-000000000001"}"#,
    ),
    (
        "release_payment",
        r#"{"payment_id": "0199aa00-0000-7000-8000-000000000001"}"#,
    ),
    (
        "mark_paid",
        r#"{"payment_id": "0199aa00-0000-7000-8000-000000000001"}"#,
    ),
    ("mark_refunded", "{}"),
];

/// BUS-20
#[tokio::test(flavor = "multi_thread")]
async fn the_generic_door_knows_the_same_rules_and_rights() {
    let world = World::new().await;
    let lamps = world.lamps(5).await;
    let (alice, bob) = (Uuid::now_v7().to_string(), Uuid::now_v7().to_string());
    let mine = world.person(&alice, Role::Viewer);
    let other = world.person(&bob, Role::Viewer);
    let ask = |token: &str, command: &str, body: Value| {
        let path = format!("/commands/order/{command}");
        world.request_as(token, Method::POST, &path).json(&body)
    };
    let data = json!({ "product_id": lamps, "quantity": 2 });
    let placed = reply(ask(&mine, "place_order", json!({ "data": data }))).await;
    assert_eq!(placed.status, 200, "{}", placed.body);
    let id = placed.body["id"].as_str().expect("an id").to_owned();
    assert_eq!(world.ordered(&id).await["user_id"], alice);
    assert_eq!(world.pieces(&lamps).await, (5, 2));
    let for_bob = json!({ "product_id": lamps, "quantity": 1, "user_id": bob });
    refused(
        ask(&mine, "place_order", json!({ "data": for_bob })),
        403,
        "forbidden",
    )
    .await;
    for token in [&mine, &world.admin] {
        for (command, data) in INSIDE {
            let data: Value = serde_json::from_str(data).expect("JSON");
            refused(
                ask(token, command, json!({ "id": id, "data": data })),
                403,
                "forbidden",
            )
            .await;
        }
    }
    refused(
        ask(&mine, "fulfil_order", json!({ "id": id })),
        403,
        "forbidden",
    )
    .await;
    refused(
        ask(&other, "cancel_order", json!({ "id": id })),
        404,
        "not_found",
    )
    .await;
    let late = json!({ "id": id, "expected_sequence": "9" });
    refused(ask(&mine, "cancel_order", late), 412, "sequence_mismatch").await;
    let gone = reply(ask(&mine, "cancel_order", json!({ "id": id }))).await;
    assert_eq!(
        (gone.status.as_u16(), &gone.body["sequence"]),
        (200, &json!("2"))
    );
    assert_eq!(world.ordered(&id).await["status"], "cancelled");
}

/// BUS-20
#[tokio::test(flavor = "multi_thread")]
async fn the_bus_knows_the_same_rules_and_rights() {
    let world = World::with_bus(&[]).await;
    let service = world.service().await;
    let lamps = world.lamps(5).await;
    let (alice, bob) = (Uuid::now_v7().to_string(), Uuid::now_v7().to_string());
    let mine = world.person(&alice, Role::Viewer);
    let other = world.person(&bob, Role::Viewer);
    let ask = async |token: &str, command: &str, body: Value| {
        send(&service, &format!("order.{command}"), Some(token), &body).await
    };
    let data = json!({ "product_id": lamps, "quantity": 2 });
    let placed = ask(&mine, "place_order", json!({ "data": data })).await;
    assert_eq!(placed["status"], 200, "{placed}");
    let id = placed["id"].as_str().expect("an id").to_owned();
    let order = world.ordered(&id).await;
    assert_eq!(
        (&order["user_id"], &order["total_amount"]),
        (&json!(alice), &json!("199.80"))
    );
    let for_bob = json!({ "data": { "product_id": lamps, "quantity": 1, "user_id": bob } });
    let much = json!({ "data": { "product_id": lamps, "quantity": 4 } });
    let stranger = world.stranger();
    for (token, command, body, status, code) in [
        (&mine, "place_order", for_bob, 403, "forbidden"),
        (&mine, "place_order", much.clone(), 422, "out_of_stock"),
        (&stranger, "place_order", much, 404, "not_found"),
        (&mine, "fulfil_order", json!({ "id": id }), 403, "forbidden"),
        (
            &other,
            "cancel_order",
            json!({ "id": id }),
            404,
            "not_found",
        ),
        (
            &world.admin,
            "mark_refunded",
            json!({ "id": id }),
            403,
            "forbidden",
        ),
    ] {
        let refusal = ask(token, command, body).await;
        let got = (&refusal["status"], &refusal["code"]);
        assert_eq!(got, (&json!(status), &json!(code)), "{command}: {refusal}");
    }
    let gone = ask(&mine, "cancel_order", json!({ "id": id })).await;
    assert_eq!(gone["status"], 200, "{gone}");
    assert_eq!(world.ordered(&id).await["status"], "cancelled");
}
