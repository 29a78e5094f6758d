//! The generic doors: `POST /commands/product/…` and `pantheon.cmd.product.…`.

use pantheon::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, refused, reply, send};

/// What Pantheon alone sends.
const INSIDE: [(&str, &str); 3] = [
    (
        "reserve_stock",
        r#"{"order_id": "0199aa00-0000-7000-8000-000000000001", "quantity": 1}"#,
    ),
    (
        "release_stock",
        r#"{"order_id": "0199aa00-0000-7000-8000-000000000001"}"#,
    ),
    (
        "consume_stock",
        r#"{"order_id": "0199aa00-0000-7000-8000-000000000001"}"#,
    ),
];

/// BUS-20
#[tokio::test(flavor = "multi_thread")]
async fn the_generic_door_knows_the_same_rules_and_rights() {
    let world = World::new().await;
    let id = Uuid::now_v7().to_string();
    let ask = |command: &str, body: Value| {
        let path = format!("/commands/product/{command}");
        world.request(Method::POST, &path).json(&body)
    };
    let data = json!({ "name": "Lamp", "price": "99.90", "stock": 1 });
    let made = reply(ask("create_product", json!({ "id": id, "data": data }))).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let verdict = (
        &made.body["verdict"],
        &made.body["id"],
        &made.body["sequence"],
    );
    assert_eq!(verdict, (&json!("accepted"), &json!(id), &json!("1")));
    assert_eq!(made.body["aggregate"], "product");
    assert_eq!(world.shown(&id).await["price"], "99.90");
    let taken = ask("create_product", json!({ "id": id, "data": data }));
    refused(taken, 409, "already_exists").await;
    let late = json!({ "id": id, "data": { "name": "x" }, "expected_sequence": "7" });
    refused(ask("update_product", late), 412, "sequence_mismatch").await;
    let below = json!({ "id": id, "data": { "set": -1 } });
    refused(ask("adjust_stock", below), 422, "validation_failed").await;
    let missing = json!({ "id": Uuid::now_v7(), "data": { "name": "x" } });
    refused(ask("update_product", missing), 404, "not_found").await;
    refused(ask("burn_product", json!({ "id": id })), 404, "not_found").await;
    for (command, data) in INSIDE {
        let data: Value = serde_json::from_str(data).expect("JSON");
        refused(
            ask(command, json!({ "id": id, "data": data })),
            403,
            "forbidden",
        )
        .await;
    }
    let viewer = world.role(Role::Viewer);
    let path = "/commands/product/update_product";
    let request = world.request_as(&viewer, Method::POST, path);
    let request = request.json(&json!({ "id": id, "data": { "name": "x" } }));
    refused(request, 403, "forbidden").await;
    assert_eq!(world.shown(&id).await["name"], "Lamp");
}

/// BUS-20
#[tokio::test(flavor = "multi_thread")]
async fn the_bus_knows_the_same_rules_and_rights() {
    let world = World::with_bus(&[]).await;
    let service = world.service().await;
    let id = Uuid::now_v7().to_string();
    let admin = world.admin.clone();
    let ask = async |token: Option<&str>, command: &str, body: Value| {
        send(&service, &format!("product.{command}"), token, &body).await
    };
    let key = Uuid::now_v7();
    let data = json!({ "name": "Lamp", "price": "99.90", "stock": 1 });
    let make = json!({ "id": id, "command_id": key, "data": data });
    let made = ask(Some(&admin), "create_product", make.clone()).await;
    assert_eq!(
        (&made["status"], &made["verdict"]),
        (&json!(200), &json!("accepted")),
        "{made}"
    );
    assert_eq!(world.shown(&id).await["price"], "99.90");
    let again = ask(Some(&admin), "create_product", make).await;
    assert_eq!(
        (&again["verdict"], &again["position"]),
        (&json!("duplicate"), &made["position"])
    );
    // A refusal is told with its word and the id that it is kept under.
    let key = Uuid::now_v7().to_string();
    let none = json!({ "id": Uuid::now_v7(), "command_id": key, "data": { "delta": 1 } });
    for word in ["rejected", "duplicate"] {
        let told = ask(Some(&admin), "adjust_stock", none.clone()).await;
        assert_eq!(
            (&told["code"], &told["verdict"]),
            (&json!("not_found"), &json!(word))
        );
        assert_eq!(told["command_id"], key, "{told}");
    }
    let update = json!({ "id": id, "data": { "name": "x" } });
    let (viewer, stranger) = (world.role(Role::Viewer), world.stranger());
    let late = json!({ "id": id, "data": { "name": "x" }, "expected_sequence": "7" });
    for (token, command, body, status, code) in [
        (
            None,
            "update_product",
            update.clone(),
            401,
            "unauthenticated",
        ),
        (
            Some("made.up.token"),
            "update_product",
            update.clone(),
            401,
            "unauthenticated",
        ),
        (
            Some(viewer.as_str()),
            "update_product",
            update.clone(),
            403,
            "forbidden",
        ),
        (
            Some(stranger.as_str()),
            "update_product",
            update,
            404,
            "not_found",
        ),
        (
            Some(admin.as_str()),
            "update_product",
            late,
            412,
            "sequence_mismatch",
        ),
        (
            Some(admin.as_str()),
            "update_product",
            json!({ "id": id, "data": { "stock": 1 } }),
            400,
            "malformed_request",
        ),
        (
            Some(admin.as_str()),
            "adjust_stock",
            json!({ "id": id, "data": {} }),
            422,
            "validation_failed",
        ),
    ] {
        let refusal = ask(token, command, body).await;
        let got = (&refusal["status"], &refusal["code"]);
        assert_eq!(got, (&json!(status), &json!(code)), "{refusal}");
    }
    for (command, data) in INSIDE {
        let data: Value = serde_json::from_str(data).expect("JSON");
        let refusal = ask(Some(&admin), command, json!({ "id": id, "data": data })).await;
        assert_eq!(refusal["status"], 403, "{command}: {refusal}");
    }
    let changed = ask(
        Some(&admin),
        "adjust_stock",
        json!({ "id": id, "data": { "set": 3 } }),
    )
    .await;
    assert_eq!(
        (&changed["status"], &changed["sequence"]),
        (&json!(200), &json!("2"))
    );
    assert_eq!(world.pieces(&id).await, (3, 0));
}
